"""Makes `python -m server.cli` the same as `lanjian`."""

import sys

from server.cli import main

sys.exit(main())
