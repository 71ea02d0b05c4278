"""Read one document and show what was understood of it."""

# [begin: look]
from billmanager_1c.models import DocumentId, DocumentKind, DocumentRef
from billmanager_1c.onec import ODataAdapter


def look(onec: ODataAdapter, kind: DocumentKind, key: str) -> None:
    """Show a document by its Ref_Key."""
    for document in onec.read([DocumentRef(kind, DocumentId(key))]):
        print(document)


# [end: look]
