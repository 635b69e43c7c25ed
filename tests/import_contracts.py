"""Two kinds of import contract that import-linter does not bring; configured in setup.cfg.

- `home`: a library (or one of our packages) is imported from its homes only.
- `only`: a package imports the listed ones only, besides itself and the standard library.

Both look at direct imports. External packages are known by their top-level name alone.
"""

import sys
from collections.abc import Iterable

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


def _is_in(module: str, packages: Iterable[str]) -> bool:
    return any(module == package or module.startswith(package + ".") for package in packages)


class _DirectImportContract(Contract):
    """A contract that is broken by single imports, listed one a line."""

    def render_broken_contract(self, check: ContractCheck) -> None:
        for importer, imported in check.metadata["broken"]:
            output.print_error(f"{importer} imports {imported}")

    @staticmethod
    def _result(broken: list[tuple[str, str]]) -> ContractCheck:
        return ContractCheck(kept=not broken, metadata={"broken": sorted(broken)})


class HomeContract(_DirectImportContract):
    """`libraries` are imported by modules in `homes` only, and by at most `most` of them."""

    libraries = fields.SetField(subfield=fields.StringField())
    homes = fields.SetField(subfield=fields.StringField())
    most = fields.IntegerField(required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        inside = [*self.homes, *self.libraries]
        imports = [
            (importer, imported)
            for imported in graph.modules
            if _is_in(imported, self.libraries)
            for importer in graph.find_modules_that_directly_import(imported)
            if not _is_in(importer, self.libraries)
        ]
        strays = [pair for pair in imports if not _is_in(pair[0], inside)]
        if not strays and self.most and len({importer for importer, _ in imports}) > self.most:
            return self._result(imports)
        return self._result(strays)


class OnlyContract(_DirectImportContract):
    """Modules in `sources` import `allowed`, each other and the standard library only."""

    sources = fields.SetField(subfield=fields.StringField())
    allowed = fields.SetField(subfield=fields.StringField(), required=False)

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        inside = [*self.sources, *(self.allowed or []), *sys.stdlib_module_names]
        return self._result(
            [
                (importer, imported)
                for importer in graph.modules
                if _is_in(importer, self.sources)
                for imported in graph.find_modules_directly_imported_by(importer)
                if not _is_in(imported, inside)
            ]
        )
