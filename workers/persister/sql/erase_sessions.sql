SELECT * FROM erase_sessions($1, $2)
