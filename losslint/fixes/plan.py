"""From findings to fixes: their repairs worked out as edits, those that hang together as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import libcst as cst

from losslint.fixes import activations, calls, weights
from losslint.fixes.diffs import Rows, changed_rows
from losslint.fixes.edits import Edit, Fix, changed
from losslint.fixes.names import Names
from losslint.fixes.readers import Readers
from losslint.fixes.sight import Sight
from losslint.fixes.stable import stable
from losslint.fixes.syntax import NoFix, Syntax, text_row
from losslint.fixes.taints import LOSS, MODULE, VALUE, Taint
from losslint.fixes.worlds import Worlds
from losslint.sources.pieces import syntax_error
from losslint.sources.read import DOCUMENTS, source_of
from losslint.sources.source import Source, UnreadableSource
from losslint.sources.tree import Tree, file_of, is_docstring
from losslint.static.files.file import File
from losslint.static.files.project import Project
from losslint.vocabulary.findings import Finding
from losslint.vocabulary.places import APPLIED, Place
from losslint.vocabulary.repairs import Action, Applicability, Change


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a finding that could be mended is left to people: `place` is what is in the way, where something is."""

    reason: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class _Piece:
    """One change worked out: its edits, and the loss calls that have to be mended with it."""

    edits: tuple[Edit, ...]
    reached: frozenset[Place] = frozenset()


class Plan:
    """The fixes for the findings of one project; each is worked out when somebody asks for it."""

    def __init__(self, tree: Tree, findings: Iterable[Finding], names: Sequence[str] = ()) -> None:
        self._project = Project(tree, names)
        self._tree = tree
        self._sight = Sight(self._project)
        self._syntax: dict[str, Syntax | NoFix] = {}
        self._pieces: dict[tuple[Change, Place | None], _Piece | NoFix] = {}
        self._findings = [finding for finding in findings if finding.repair is not None]
        self._wanting: dict[Change, list[Finding]] = {}
        for finding in self._findings:
            assert finding.repair is not None
            for change in finding.repair.changes:
                self._wanting.setdefault(change, []).append(finding)
        self._worlds = Worlds(self._sight, {finding.code for finding in self._findings})
        self._shown: dict[str, str] | None = None
        self._docstrings: list[str] | None = None

    def fix(self, finding: Finding) -> Fix | Refusal | None:
        """What mends a finding, why nothing does, or None for a rule that proposes nothing."""
        if finding.repair is None:
            return None
        try:
            return self._fix(finding)
        except NoFix as error:
            return Refusal(error.reason, error.place)
        except RecursionError:
            return Refusal("the code is nested too deeply to be edited")

    def _fix(self, finding: Finding) -> Fix:
        group: list[Finding] = []
        pending = [finding]
        edits: dict[Edit, None] = {}
        while pending:
            each = pending.pop()
            if each in group:
                continue
            group.append(each)
            assert each.repair is not None
            for change in each.repair.changes:
                wanting = self._wanting.get(change, [each])
                piece = self._piece(change, each)
                edits |= dict.fromkeys(piece.edits)
                if change.action in JUDGED:
                    self._agree(change, each.place)
                if change.action not in SHARED:
                    continue
                places = {other.place for other in wanting}
                for place in piece.reached - places:
                    raise NoFix("another loss takes it there, which may be right", place)
                for place in places - piece.reached if piece.reached else ():
                    raise NoFix("the way to the loss is not understood", place)
                for place in sorted(places, key=repr):
                    self._agree(change, place)
                pending += wanting
        repairs = [each.repair for each in group if each.repair is not None]
        unsafe = any(repair.applicability is Applicability.UNSAFE for repair in repairs)
        fix = Fix(
            Applicability.UNSAFE if unsafe else Applicability.SAFE,
            "; ".join(sorted({repair.message for repair in repairs})),
            self._in_files(edits),
        )
        if fix.overlaps(fix.edits):
            raise NoFix("two of its changes want the same text")
        self._try(fix)
        return fix

    def _in_files(self, edits: Iterable[Edit]) -> tuple[Edit, ...]:
        """Edits of files, in order: those of examples become edits of the file that their docstring stands in."""
        listed = sorted(edits)
        inside = [edit for edit in listed if is_docstring(edit.name)]
        if not inside:
            return tuple(listed)
        from losslint.fixes.examples import as_meant, in_file

        names = {edit.name for edit in inside}
        made = {edit: in_file(self._source(edit.name), self._project.data(file_of(edit.name)), edit) for edit in inside}
        written = sorted(made.get(edit, edit) for edit in listed)
        for name in sorted(names):
            source, file = self._source(name), file_of(name)
            own = [edit for edit in inside if edit.name == name]
            of_file = [edit for edit in written if edit.name == file]
            if not as_meant(source, self._project.data(file), of_file, own):
                raise NoFix("the example would not be read as it is meant", source.place(own[0].row))
        return tuple(written)

    def _agree(self, change: Change, place: Place) -> None:
        """Raises NoFix when a change would spoil another run of a loss call than the one that it mends."""
        worlds = self._worlds.at(self._file(place), place)
        if worlds is None:
            raise NoFix("which loss takes it there hangs on how the function is called", place)
        where = change.spot.place()
        for world in worlds:
            if change.action in OF_THE_LOSS:
                concerned = world.loss == where
            else:
                concerned = change.action in JUDGED or where in world.sources
            if concerned and change not in world.changes:
                raise NoFix("another run of the same call is right as it is, as far as is known", place)

    def _try(self, fix: Fix) -> None:
        """Every file that a fix changes is still one that can be read."""
        for name in sorted(fix.names):
            shown = self._tree.shown(name)
            try:
                source = source_of(changed(self._project.data(name), fix.edits_of(name), shown), name, shown)
            except UnreadableSource as error:
                raise NoFix(f"{shown} {error.message}") from None
            except UnicodeEncodeError:
                raise NoFix(f"the encoding of {shown} does not have what would be written") from None
            before = self._source(name)
            broken = syntax_error(source.text) is not None and syntax_error(before.text) is None
            if broken or len(source.problems) > len(before.problems):
                raise NoFix("the file would not parse any more")

    def _source(self, name: str) -> Source:
        file = self._project.file(name)
        assert file is not None
        return file.source

    def place(self, edit: Edit) -> Place:
        """Where an edit is made, as people count."""
        return self._source(edit.name).place(edit.row, edit.column, edit.end_row, edit.end_column)

    def _piece(self, change: Change, finding: Finding) -> _Piece:
        # What is put into a call hangs on which loss it is for.
        key = (change, finding.place if change.action is Action.DEVICE else None)
        found = self._pieces.get(key)
        if found is None:
            try:
                found = self._worked_out(change, finding)
            except NoFix as error:
                found = error
            self._pieces[key] = found
        if isinstance(found, NoFix):
            raise found
        return found

    def rows(self, fix: Fix) -> list[Rows]:
        """What a fix changes in each file, or cell, for people."""
        found: list[Rows] = []
        for name in dict.fromkeys(edit.name for edit in fix.edits):
            shown = self._tree.shown(name)
            before = self._source(name)
            after = source_of(changed(self._project.data(name), fix.edits_of(name), shown), name, shown)
            cells: dict[int | None, list[tuple[str, int, str]]] = {}
            for sign, row, text in changed_rows(before.text, after.text):
                place = (before if sign == "-" else after).place(row)
                cells.setdefault(place.cell, []).append((sign, place.row, text))
            found += [
                Rows(shown if cell is None else f"{shown}:cell {cell}", tuple(rows)) for cell, rows in cells.items()
            ]
        return found

    # ---------------------------------------------------------------- where it stands

    def _file(self, place: Place) -> File:
        """What holds a place: a file, or a docstring of it that the run was asked for."""
        file = self._whole_file(place)
        return self._example(file, place) or file

    def _whole_file(self, place: Place) -> File:
        if self._shown is None:
            # A file comes before its docstrings, whose names are shown alike.
            self._shown = {self._tree.shown(name): name for name in reversed(list(self._tree.names()))}
        name = self._shown.get(place.filename)
        if name is None or not name.lower().endswith((".py", ".pyw", ".ipynb", *DOCUMENTS)):
            raise NoFix("only Python files, notebooks and documents are edited")
        file = self._project.file(name)
        if file is None:
            raise NoFix("the file cannot be read")
        return file

    def _opened(self, place: Place) -> tuple[File, Syntax, Names]:
        file = self._file(place)
        syntax = self._syntax.get(file.name)
        if syntax is None:
            try:
                if any(name == file.name for name, _ in self._project.left_out):
                    raise NoFix("parts of the file are not read")
                if file.name.lower().endswith(DOCUMENTS):
                    self._whole(file)
                syntax = Syntax(file.source)
            except NoFix as error:
                syntax = error
            self._syntax[file.name] = syntax
        if isinstance(syntax, NoFix):
            raise syntax
        return file, syntax, Names(file, syntax)

    def _example(self, file: File, place: Place) -> File | None:
        """The docstring that a place is in, among those that the run was asked for."""
        if self._docstrings is None:
            self._docstrings = [name for name in self._tree.names() if is_docstring(name)]
        inside = [self._project.file(name) for name in self._docstrings if file_of(name) == file.name]
        # A prompt was taken from the front of each row of an example.
        held = (part for part in inside if part is not None and part.source.indents[place.row - 1 : place.row] > (0,))
        return next(held, None)

    def _whole(self, file: File) -> None:
        """Raises NoFix for a document of which some fences are passed over."""
        from losslint.fixes.fences import only_parts_are_read

        if only_parts_are_read(self._project.data(file.name)):
            raise NoFix("parts of the document are not read")

    # ---------------------------------------------------------------- one change

    def _worked_out(self, change: Change, finding: Finding) -> _Piece:
        place = change.spot.place()
        if change.action in (Action.REMOVE, Action.REPLACE):
            return self._activation(change, place, finding)
        if change.action is Action.TEXT:
            return _Piece((self._text(change, place),))
        if change.action in OF_THE_LOSS:
            return self._of_the_loss(change, place)
        _, syntax, names = self._opened(place)
        match change.action:
            case Action.SETTINGS:
                edits = calls.settings(syntax, names, syntax.call(place), change.name, change.value)
            case Action.FOLLOW | Action.AGREED_FOLLOW:
                loss, _, wanted = change.name.partition(":")
                wanted, _, last = wanted.partition("/")
                value = calls.argument(names, syntax.call(place), loss, wanted).value
                if last:
                    edits = calls.followed_instead(syntax, names, value, last, change.value)
                else:
                    edits = calls.followed(syntax, names, value, change.value)
            case Action.CALL:
                edits = calls.called(syntax, names, syntax.call(place), change.name)
            case Action.STABLE:
                edits = stable(syntax, names, syntax.call(place), change.name)
            case Action.SWAP:
                edits = calls.swapped(syntax, names, syntax.call(place), change.name)
            case Action.WEIGHTS:
                edits = weights.exchanged(syntax, syntax.node(place, cst.BinaryOperation))
            case Action.FOLLOW_SIDE:
                operation = syntax.node(place, cst.BinaryOperation)
                if not isinstance(operation, cst.BinaryOperation):
                    raise NoFix("the difference is not written as one", place)
                side = operation.left if change.name == "left" else operation.right
                edits = calls.followed(syntax, names, side, change.value)
            case Action.DEVICE:
                edits = self._device(change, place, finding)
            case _:
                node = syntax.node(place, cst.AugAssign, cst.BinaryOperation)
                edits = calls.detached(syntax, names, node, change.name)
        return _Piece(tuple(edits))

    def _text(self, change: Change, place: Place) -> Edit:
        source = self._whole_file(place).source
        row = text_row(source, place)
        end_row = row + place.end_row - place.row
        cut, end_cut = (source.indents[row - 1], source.indents[end_row - 1]) if source.indents else (0, 0)
        return Edit(
            source.name, row, place.column - cut, end_row, place.end_column - end_cut, change.value, source.shown
        )

    def _device(self, change: Change, place: Place, finding: Finding) -> list[Edit]:
        file, syntax, names = self._opened(finding.place)
        call = syntax.call(finding.place)
        if self._file(place) is file:
            maker = syntax.call(place)
            return calls.with_device(syntax, names, maker, call, change.name)
        return calls.on_its_device(syntax, names, call, change.name)

    def _activation(self, change: Change, place: Place, finding: Finding) -> _Piece:
        _, syntax, names = self._opened(place)
        layer = syntax.call(place)
        activations.look_at(names, layer, change.name)
        if not activations.is_layer(names, layer):
            if change.action is Action.REMOVE:
                edits = activations.taken_away(syntax, names, layer)
            else:
                edits = activations.made_another(syntax, names, layer, change.value)
            return _Piece(tuple(edits), self._losses(place, VALUE, change))
        if change.action is Action.REPLACE:
            edits = activations.made_another(syntax, names, layer, change.value)
            return _Piece(tuple(edits), self._losses(place, MODULE, change))
        among = activations.among_others(syntax, names, layer)
        if among is not None:
            return _Piece(tuple(among), self._losses(place, MODULE, change))
        applied = next((step.place for step in finding.evidence if step.message.startswith(APPLIED)), None)
        if applied is None:
            raise NoFix("where the layer is applied is not known", place)
        _, syntax, names = self._opened(applied)
        edits = activations.taken_away(syntax, names, syntax.call(applied), is_layer_call=True)
        return _Piece(tuple(edits), self._losses(applied, VALUE, change))

    def _of_the_loss(self, change: Change, place: Place) -> _Piece:
        _, syntax, names = self._opened(place)
        call = syntax.call(place)
        if change.action is Action.EXCHANGE:
            edits = calls.exchanged(names, call, change.name, change.value)
        else:
            edits = calls.settings(syntax, names, call, change.name, change.value)
        if place in {finding.place for finding in self._wanting[change]}:
            return _Piece(tuple(edits), frozenset({place}))  # the loss is a function
        return _Piece(tuple(edits), self._losses(place, LOSS, change))

    def _losses(self, place: Place, taint: Taint, change: Change) -> frozenset[Place]:
        """The loss calls that what is made at a place reaches. Raises NoFix when somebody else needs it."""
        file = self._file(place)
        read = self._sight.around(file, place)
        purpose = f"the {change.name}" if taint is not LOSS else change.name
        known = {finding.place for finding in self._findings}
        readers = Readers(
            self._sight,
            known,
            purpose,
            by_element=change.name in ("sigmoid", "log-sigmoid"),
            in_place=";dim=" in change.value,
        )
        found = list(read.at(place))
        if not found:
            raise NoFix("what stands there is not understood", place)
        for form in found:
            readers.follow(form, taint)
        if not readers.reached:
            raise NoFix("the way to the loss is not understood", place)
        return frozenset(readers.reached)


#: Changes of a loss as it is made: each of its calls has to want them.
OF_THE_LOSS = frozenset({Action.EXCHANGE, Action.AGREED_SETTINGS})
#: Changes that everybody sees who uses what is changed: all the findings that want them are mended together.
SHARED = OF_THE_LOSS | {Action.REMOVE, Action.REPLACE}

#: Changes that are right only if every run of the loss call wants them.
JUDGED = frozenset({Action.AGREED_FOLLOW, Action.SWAP, Action.WEIGHTS})


class Plans:
    """What mends the findings of a run, whichever of its projects they are in."""

    def __init__(self, jobs: Iterable[tuple[Tree, Sequence[str]]], findings: Iterable[Finding]) -> None:
        listed = [finding for finding in findings if finding.repair is not None]
        self._plans: dict[str, Plan] = {}
        for tree, asked in jobs if listed else ():
            shown = {tree.shown(name) for name in (*asked, *tree.names())}
            plan = Plan(tree, [finding for finding in listed if finding.place.filename in shown], asked)
            for name in shown:
                self._plans.setdefault(name, plan)

    def plan(self, finding: Finding) -> Plan | None:
        """The project that a finding is in."""
        return self._plans.get(finding.place.filename)

    def fix(self, finding: Finding) -> Fix | Refusal | None:
        """What mends a finding, why nothing does, or None for a rule that proposes nothing."""
        plan = self.plan(finding)
        return plan.fix(finding) if plan is not None else None

    def place(self, finding: Finding, edit: Edit) -> Place:
        """Where an edit of a fix for a finding is made, as people count."""
        plan = self.plan(finding)
        assert plan is not None
        return plan.place(edit)

    def rows(self, finding: Finding, fix: Fix) -> list[Rows]:
        """What a fix changes, for people."""
        plan = self.plan(finding)
        return plan.rows(fix) if plan is not None else []
