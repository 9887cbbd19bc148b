"""The stages of a training run as functions of a workspace folder."""
