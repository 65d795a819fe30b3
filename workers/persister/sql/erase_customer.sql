SELECT erase_customer($1, $2, $3, $4, $5, $6)
