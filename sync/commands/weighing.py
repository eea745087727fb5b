"""The command that weighs an end before anybody decides it: impact."""

from __future__ import annotations

from typing import Annotated

import typer

from sync.cli import ConfigFile, Json, LogFormat, Verbose, command, configuration, emit, say


@command()
def impact(
    account: Annotated[str, typer.Argument(help="Account id, crm:id or name.")],
    *,
    depends_on_us: Annotated[bool, typer.Option("--depends-on-us", help="The client depends on us: a longer notice.")] = False,
    specific: Annotated[bool, typer.Option("--specific", help="Specific or seasonal products: a longer notice.")] = False,
    breaches: Annotated[
        bool | None, typer.Option("--breaches/--no-breaches", help="Documented breaches by the client; default: as the cases say.")
    ] = None,
    notice: Annotated[
        int | None, typer.Option("--notice", min=0, max=60, help="Months of notice to work with instead of the suggestion.")
    ] = None,
    as_json: Json = False,
    config: ConfigFile = None,
    verbose: Verbose = False,
    log_format: LogFormat = "text",
) -> None:
    """What the end of the relation would do: contribution, cash over 36 months, hours, and a notice suggestion."""
    from sync.impact import Circumstances
    from sync.weighing import document, find, page

    settings = configuration(config)
    asked = Circumstances(depends_on_us=depends_on_us, specific=specific, breaches=breaches, notice_months=notice)
    found = find(settings, account, asked)
    if as_json:
        emit(document(found))
    else:
        for line in page(found, settings.company.language):
            say(line)
