DROP INDEX consultations_queue;
