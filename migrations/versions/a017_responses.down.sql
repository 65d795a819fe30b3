DROP AGGREGATE sum_histograms(integer[]);
DROP TABLE interval_responses;
