SELECT erase_customer($1, $2, $3, $4)
