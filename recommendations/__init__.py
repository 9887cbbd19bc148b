"""Model versions, their activation, and lists for visitors."""
