// The progress and the result of a run.
#ifndef CLI_PROGRESS_H_
#define CLI_PROGRESS_H_

#include <string>

#include "cli/table.h"
#include "meridian/v1/ingest.pb.h"

namespace meridian::cli {

// One line: "3 snapshots added, 1,234 records committed, seq 5, 2.3 s", or
// where and why it failed.
std::string RunLine(const v1::Run& run);

// What became of the snapshots of a run, as a table, and why some are held;
// with `news_only` those that are not UNCHANGED, nothing when there are none.
void PrintOutcomes(
    const google::protobuf::RepeatedPtrField<v1::SnapshotOutcome>& outcomes,
    const Output& output, bool news_only = false);

// Prints what a run tells: on a terminal one line that is rewritten, else a
// line whenever the stage changes or another tenth of the documents is done.
// Progress goes to the standard error, the result to the standard output.
class RunProgressPrinter {
 public:
  RunProgressPrinter(std::string source, const Output& output)
      : source_(std::move(source)), output_(output) {}
  void Handle(const v1::RunSourceResponse& event);

 private:
  void Progress(const v1::RunProgress& progress);
  void Ended(const v1::Run& run);

  const std::string source_;
  const Output& output_;
  v1::RunStage stage_ = v1::RUN_STAGE_UNSPECIFIED;
  uint64_t tenth_ = 0;
  bool line_open_ = false;
};

// The error of a run with the last lines of the plugin, indented.
void PrintRunError(const v1::RunError& error, const Output& output);

}  // namespace meridian::cli

#endif  // CLI_PROGRESS_H_
