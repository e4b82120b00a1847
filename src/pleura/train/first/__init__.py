"""The first model of a cascade: the encoder of a trained U-Net as it is, and a small head that says whether."""
