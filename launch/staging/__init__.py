"""What launch/stage_models.py is made of: the hub, mirrors without a network, and the store of models."""
