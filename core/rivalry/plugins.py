"""Finding plugins and what they provide: everything, the shipped zoo included, comes through one door."""

import os
import pkgutil
import sys
import warnings
from collections.abc import Iterable
from importlib import import_module
from importlib.metadata import entry_points
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from typing import Any

import pluggy

from rivalry import hooks
from rivalry.errors import PluginError, nearest
from rivalry.interfaces import KINDS, Component, kind_of

GROUP = "rivalry"


class PluginWarning(UserWarning):
    """A plugin was left out; training goes on without it."""


def _names(variable: str) -> list[str]:
    return [name.strip() for name in os.environ.get(variable, "").split(",") if name.strip()]


class LeftOut:
    """A block in which a stranger's code runs: whatever it raises is a warning that names the plugin, and no more.

    A module may raise any exception while it is imported, classes of its own included, so no list of them would do.
    """

    def __init__(self, name: str) -> None:
        self.name = name

    def __enter__(self) -> None:
        return None

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: Any) -> bool:
        if not isinstance(error, Exception):
            return False
        reason = f"{type(error).__name__}: {error}"
        warnings.warn(f"plugin '{self.name}' is left out: {reason}", PluginWarning, stacklevel=2)
        return True


class Adhoc:
    """Components registered one by one from Python (`rivalry.plugin`); a class of the same name replaces the old
    one.
    """

    def __init__(self) -> None:
        self.classes: dict[tuple[str, str], type[Component]] = {}

    @hooks.hookimpl
    def rivalry_components(self) -> list[type[Component]]:
        """All of them."""
        return list(self.classes.values())


class Plugins:
    """The plugins of this process: loads them, and knows every component and spec they provide."""

    def __init__(self, disabled: Iterable[str] = (), enabled: Iterable[str] = ()) -> None:
        self.manager = pluggy.PluginManager(GROUP)
        self.manager.add_hookspecs(hooks)
        self.disabled = [*disabled, *_names("RIVALRY_DISABLE_PLUGINS")]
        self.enabled = [*enabled, *_names("RIVALRY_ENABLE_PLUGINS")]
        self._table: dict[str, dict[str, tuple[type[Component], str]]] | None = None
        self._specs: dict[str, tuple[Path, str]] | None = None
        self.adhoc = Adhoc()
        self.manager.register(self.adhoc, "rivalry.plugin")

    def load(self) -> "Plugins":
        """Register every module of every package that declares the entry point `rivalry`."""
        for entry in sorted(entry_points(group=GROUP), key=lambda found: found.value):
            self._register_tree(entry.module)
        for path in _names("RIVALRY_PLUGINS"):
            self.load_file(Path(path))
        for name in self.enabled:
            if not self.manager.has_plugin(name):
                raise PluginError(f"no plugin is called '{name}'; {nearest(name, self.names())}")
        return self

    def names(self) -> list[str]:
        """The dotted names of the registered plugins."""
        return sorted(name for name, plugin in self.manager.list_name_plugin() if plugin is not None)

    def _is_disabled(self, name: str) -> bool:
        return any(name == off or name.startswith(off + ".") for off in self.disabled)

    def _register_tree(self, name: str) -> None:
        """Register a module and everything below it; what is disabled is not even imported."""
        if self._is_disabled(name):
            return
        with LeftOut(name):
            module = import_module(name)
            if not getattr(module, "OPT_IN", False) or name in self.enabled:
                self.register(module, name)
            for found in pkgutil.iter_modules(getattr(module, "__path__", ())):
                self._register_tree(f"{name}.{found.name}")

    def _ask(self, plugin: Any, provider: str, question: str) -> list[Any]:
        """A plugin's answer to a registration hook; one that fails to answer provides nothing."""
        answer: list[Any] = []
        with LeftOut(provider):
            answer += getattr(plugin, question, tuple)()
        return answer

    def register(self, plugin: Any, name: str) -> None:
        """Register one plugin; PluginError for a misspelt or mismatched hook."""
        try:
            self.manager.register(plugin, name)
        except pluggy.PluginValidationError as error:
            self.manager.unregister(name=name)
            raise PluginError(str(error)) from error
        known = [hook for hook in dir(hooks) if hook.startswith("rivalry_")]
        for caller in self.manager.get_hookcallers(plugin) or ():
            if not caller.has_spec():
                self.manager.unregister(plugin)
                raise PluginError(
                    f"plugin '{name}' implements no known hook '{caller.name}'; {nearest(caller.name, known)}"
                )
        self._table = self._specs = None

    def load_file(self, path: Path) -> None:
        """Load one Python file as a plugin; without a `rivalry_components` hook, every component it defines counts."""
        name = f"rivalry_file_{path.stem}"
        found = spec_from_file_location(name, path)
        if found is None or found.loader is None or not path.is_file():
            raise PluginError(f"plugin file '{path}' is not a readable Python file")
        if self.manager.has_plugin(name):
            raise PluginError(f"two plugin files are called '{path.name}'; rename one, or load it once")
        module = module_from_spec(found)
        sys.modules[name] = module
        try:
            found.loader.exec_module(module)
        except Exception as error:
            raise PluginError(f"plugin file '{path}' cannot be loaded: {type(error).__name__}: {error}") from error
        self.register(module, name)
        if not hasattr(module, "rivalry_components"):
            for value in list(vars(module).values()):
                if (
                    isinstance(value, type)
                    and value.__module__ == name
                    and issubclass(value, Component)
                    and "name" in vars(value)
                ):
                    self.plugin(value)

    def plugin(self, component: type[Component]) -> None:
        """Register one class; running a notebook cell again replaces it."""
        before = dict(self.adhoc.classes)
        self.adhoc.classes[_kind(component, "rivalry.plugin"), _name_of(component)] = component
        self._table = None
        try:
            self.table()
        except PluginError:
            self.adhoc.classes = before  # the session goes on as it was
            raise

    def table(self) -> dict[str, dict[str, tuple[type[Component], str]]]:
        """Kind -> name -> (class, the plugin that provides it); PluginError for two of one name."""
        if self._table is None:
            table: dict[str, dict[str, tuple[type[Component], str]]] = {kind: {} for kind in KINDS}
            for provider, plugin in sorted(self.manager.list_name_plugin()):
                for component in self._ask(plugin, provider, "rivalry_components"):
                    row = table[_kind(component, provider)]
                    name = _name_of(component)
                    if name in row and row[name][0] is not component:
                        raise PluginError(
                            f"two plugins provide the {component.kind} '{name}': '{row[name][1]}' and '{provider}'; "
                            f"leave one out with --disable-plugin"
                        )
                    row[name] = component, provider
            self._table = table
        return self._table

    def find(self, kind: str, name: str) -> type[Component]:
        """The class of that kind and name; LookupError with the nearest name."""
        row = self.table()[kind]
        if name not in row:
            raise LookupError(f"no {kind} is called '{name}'; {nearest(name, row)}")
        return row[name][0]

    def specs(self) -> dict[str, tuple[Path, str]]:
        """Name -> (file, the plugin that provides it) of every shipped spec that is not disabled."""
        if self._specs is None:
            found: dict[str, tuple[Path, str]] = {}
            for provider, plugin in sorted(self.manager.list_name_plugin()):
                for folder in self._ask(plugin, provider, "rivalry_specs"):
                    for file in sorted(Path(folder).glob("*.yaml")):
                        if self._is_disabled(f"{provider}.{file.stem}"):
                            continue
                        if file.stem in found:
                            other = found[file.stem][1]
                            raise PluginError(f"two plugins provide the spec '{file.stem}': '{other}' and '{provider}'")
                        found[file.stem] = file, provider
            self._specs = found
        return self._specs


def _kind(component: type[Component], provider: str) -> str:
    if not isinstance(component, type):
        raise PluginError(f"plugin '{provider}' provides {component!r}, which is no class")
    try:
        return kind_of(component)
    except TypeError as error:
        raise PluginError(f"plugin '{provider}': {error}") from error


def _name_of(component: type[Component]) -> str:
    name = getattr(component, "name", None)
    if not isinstance(name, str) or not name.isidentifier():
        raise PluginError(
            f'{component.__module__}.{component.__qualname__} needs a name: write `name = "..."` in the class'
        )
    return name


_current: Plugins | None = None


def plugins() -> Plugins:
    """This process's plugins, loaded on first use."""
    global _current
    if _current is None:
        _current = Plugins().load()
    return _current


def configure(disabled: Iterable[str] = (), enabled: Iterable[str] = (), files: Iterable[Path] = ()) -> Plugins:
    """Load the plugins afresh with the command line's wishes."""
    global _current
    fresh = Plugins(disabled, enabled).load()
    for file in files:
        fresh.load_file(file)
    _current = fresh
    return fresh


def plugin(component: type[Component]) -> type[Component]:
    """Make a class usable in specs of this process, also as a decorator; a class of the same name is replaced."""
    plugins().plugin(component)
    return component
