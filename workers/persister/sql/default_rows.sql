-- Almost always none; of many it is enough to know that there are many.
SELECT parent, rows FROM default_rows($1)
