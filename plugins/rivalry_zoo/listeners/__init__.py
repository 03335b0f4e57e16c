"""Listeners: plugins that watch a run and write down what they see."""
