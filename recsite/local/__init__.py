"""Running the whole site on one machine: embedded servers, processes, the demo."""
