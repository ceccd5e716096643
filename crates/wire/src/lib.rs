//! AWS JSON, Query with XML, REST-JSON and REST-XML: bytes to values and back.
