"""A vector store that several machines share: a Milvus server, and the process that talks to it."""
