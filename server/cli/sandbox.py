"""`lanjian sandbox`: the providers' stand-in on loopback."""

from __future__ import annotations

import argparse
import asyncio
import logging
import signal
import time
from pathlib import Path


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the options."""
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (loopback)")
    parser.add_argument("--port", type=int, default=8400, help="port; 0 takes a free one")
    parser.add_argument("--data", type=Path, default=Path("var/sandbox"), help="data directory")
    parser.add_argument(
        "--keys", type=Path, required=True, help="file of the providers' keys (providers.json)"
    )
    parser.add_argument("--public-url", default="", help="how browsers reach the sandbox")
    parser.add_argument(
        "--notify-prefix",
        action="append",
        metavar="URL",
        help="base URL that notices may go to (repeatable); default: http://127.0.0.1:8000",
    )
    parser.add_argument(
        "--kiosk",
        action="append",
        default=[],
        metavar="URL",
        help="a kiosk whose QR the sandbox phone can scan (repeatable)",
    )
    parser.add_argument(
        "--early-statements",
        action="store_true",
        help="give a day's bill at any time, as it is until then",
    )
    parser.add_argument(
        "--fee-rate", type=float, default=0.006, help="what a wallet keeps of each payment"
    )
    parser.add_argument(
        "--sms-limits",
        action="store_true",
        help="hold the SMS vendors' limits: 1 text a minute to a number, 5 an hour, 10 a day",
    )
    parser.add_argument(
        "--sms-reports",
        default="",
        metavar="URL",
        help="where delivery reports go; {vendor} in it is replaced",
    )
    parser.add_argument(
        "--confirm-seconds",
        type=float,
        default=24 * 3600.0,
        help="how long a transfer waits for its payee",
    )


def run(args: argparse.Namespace) -> int:
    """Serve until SIGTERM or Ctrl-C."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(name)s %(message)s")
    asyncio.run(_serve(args))
    return 0


async def _serve(args: argparse.Namespace) -> None:
    from server.sandbox.app import running
    from server.sandbox.draw import draw_id
    from server.sandbox.keys import load
    from server.sandbox.parts import Settings

    settings = Settings(
        data=args.data,
        public_url=args.public_url.rstrip("/"),
        notify_prefixes=args.notify_prefix or ["http://127.0.0.1:8000"],
        kiosks=args.kiosk,
        keys=load(args.keys),
        early_statements=args.early_statements,
        fee_rate=args.fee_rate,
        confirm_seconds=args.confirm_seconds,
        sms_report_url=args.sms_reports,
        sms_limits=args.sms_limits,
    )
    ended = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, ended.set)
    serving = running(settings, port=args.port, host=args.host, clock=time.time, draw=draw_id)
    async with serving as port:
        print(f"沙盒手机 sandbox phone: http://{args.host}:{port}/", flush=True)
        await ended.wait()
