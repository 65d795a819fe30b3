SELECT make_month_partition($1, $2)
