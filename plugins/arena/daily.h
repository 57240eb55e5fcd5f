// Pages of the site as daily snapshots: {meta {leaderboard, last_updated,
// model_count, ...}, models [{rank, model, vendor, license, score, ci,
// votes}]}.
#ifndef PLUGINS_ARENA_DAILY_H_
#define PLUGINS_ARENA_DAILY_H_

#include "absl/status/status.h"
#include "plugins/arena/document.h"
#include "plugins/json/json.h"

namespace meridian::arena {

// Whether a document has this shape.
bool IsDaily(const JsonValue& root);

// Two snapshots of the vintage the page states, else the hinted one:
// "<board>/<method>" with coverage TOP(rows), and "models/<board>" with
// vendors and licence words, coverage SOME. A stream of models for each
// board, because pages of several boards share a date and would replace each
// other. Errors: InvalidArgument (UNKNOWN_BOARD) when meta.leaderboard is no
// word; EMPTY_DOCUMENT when no row can be read.
absl::Status ReadDaily(const JsonValue& root, ArenaDocument& document);

}  // namespace meridian::arena

#endif  // PLUGINS_ARENA_DAILY_H_
