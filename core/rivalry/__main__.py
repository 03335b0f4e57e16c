"""`python -m rivalry`, for torchrun."""

from rivalry.cli import main

raise SystemExit(main())
