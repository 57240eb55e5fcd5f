// The history of a board in one CSV: key, Model, rating, License,
// Organization, date (YYYYMMDD), one row for each model and date.
#ifndef PLUGINS_ARENA_HISTORY_H_
#define PLUGINS_ARENA_HISTORY_H_

#include "absl/status/status.h"
#include "plugins/arena/document.h"
#include "plugins/formats/csv.h"

namespace meridian::arena {

// One snapshot for each date, stream "text/raw", vintage as stated, coverage
// ALL; and one of the models, stream "models", with the vintage of the
// metadata. Rows may come in any order. Memory: 16 bytes a row and each
// model's metadata. Errors: InvalidArgument with MISSING_COLUMN,
// EMPTY_DOCUMENT (no row can be read) and those of CsvReader.
absl::Status ReadHistory(CsvReader& csv, ArenaDocument& document);

}  // namespace meridian::arena

#endif  // PLUGINS_ARENA_HISTORY_H_
