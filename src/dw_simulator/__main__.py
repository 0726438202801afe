"""``python -m dw_simulator`` is the command ``dw-sim``."""

from dw_simulator.cli.main import main

if __name__ == "__main__":
    main()
