"""aicc-flow: flows of the IVR checked, drawn, tried and listed."""
