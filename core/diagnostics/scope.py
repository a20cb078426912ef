"""The machines of a scope, as a condition on the database."""

from sqlalchemy import ColumnElement, and_, or_, true

from core.diagnostics.models import System
from core.users.scope import Scope


def in_scope(scope: Scope) -> ColumnElement[bool]:
    """Return the condition that `System` rows of `scope` meet: `select(System).where(in_scope(actor.scope))`."""
    chosen = true() if scope.everything else or_(System.site.in_(scope.sites), System.code.in_(scope.machines))
    return and_(chosen, System.public) if scope.public_only else chosen
