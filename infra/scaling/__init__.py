"""How many workers: the rule of autoscaling, its shell, a simulation of pods, and a model of large sizes."""
