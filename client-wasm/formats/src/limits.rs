//! How much is taken in at once.

/// The largest file, in bytes.
pub const FILE_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The most files read at once, those in archives included.
pub const FILES_MAX: usize = 50_000;

/// The most bytes that an archive may unpack to.
pub const ARCHIVE_BYTES_MAX: usize = 4 * FILE_BYTES_MAX;

/// How many times its own size an archive may unpack to; notes come to a tenth, seldom less than a fiftieth.
pub const ARCHIVE_RATIO_MAX: usize = 200;

/// What any archive may unpack to, however small it is.
pub const ARCHIVE_BYTES_FREE: usize = 1024 * 1024;

/// The most documents taken in at once.
pub const DOCUMENTS_MAX: usize = 100_000;

/// The most entity types taken in at once; more are a sign that something else was read as a type.
pub const LABELS_READ_MAX: usize = 500;

/// The most problems listed of one file; one more says how many there were beyond, another where the file was cut off.
pub const PROBLEMS_MAX: usize = 200;

/// The most problems listed at once; one more says how many files have more.
pub const PROBLEMS_TOTAL_MAX: usize = 2_000;

/// The longest name of a document, in chars; a longer one is cut.
pub const NAME_CHARS_MAX: usize = 200;

/// How many sentences of a CoNLL file without document marks make a document.
pub const DOCUMENT_SENTENCES: usize = 20;

/// How much memory reading takes next to the files, what is given back included, as a multiple of their bytes.
pub const MEMORY_MULTIPLE: usize = 100;

/// What reading may take however small the files are, in bytes.
pub const MEMORY_FREE: usize = 4 * 1024 * 1024;
