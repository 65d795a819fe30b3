SELECT parent, day FROM missing_months($1)
