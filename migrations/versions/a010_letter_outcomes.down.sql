DROP TABLE letter_outcomes;
