SELECT sessions_of($1, $2)
