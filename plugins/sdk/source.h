// What the author of a source plugin implements and uses. A plugin turns a
// publisher's documents into records; the host fetches, checks and stores.
//
//   class MySource : public meridian::Source { ... };
//   int main(int argc, char** argv) {
//     return meridian::RunSource<MySource>(argc, argv);
//   }
//
// A plugin says what the document says, in the document's own words: names
// unresolved, numbers parsed, what is missing left unset. It does no I/O.
// plugins/arena is the example to read.
#ifndef PLUGINS_SDK_SOURCE_H_
#define PLUGINS_SDK_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/base/status.h"
#include "meridian/v1/record.pb.h"
#include "meridian/v1/source.pb.h"

namespace meridian {

// A document as the host hands it over.
class Document {
 public:
  virtual ~Document() = default;
  // URI, path, headers, vintage hint; head().request is what
  // Locator.document must hold (SnapshotWriter fills it in).
  virtual const v1::DocumentHead& head() const = 0;
  // All bytes. Kept in memory; for large documents use NextChunk. Errors:
  // Cancelled when the host went away.
  virtual absl::StatusOr<std::string> ReadAll() = 0;
  // The next bytes; empty at the end. Not to be mixed with ReadAll.
  virtual absl::StatusOr<std::string> NextChunk() = 0;
};

// A snapshot being written. Records go to the host in batches; columns are
// built behind Emit.
class SnapshotWriter {
 public:
  virtual ~SnapshotWriter() = default;
  // A record of the current document. `locator.document` is set to it unless
  // already set.
  virtual absl::Status Emit(v1::Record record) = 0;
  // A score, without building a Record around it: several times faster.
  virtual absl::Status EmitScore(const v1::Score& score,
                                 const v1::Locator& locator) = 0;
  // Ends the snapshot. Records emitted later are an error. A writer that is
  // dropped without End fails the run.
  virtual absl::Status End() = 0;
};

// The host's side of one read.
class Reader {
 public:
  virtual ~Reader() = default;
  // The source's `config` as a JSON object.
  virtual const std::string& config_json() const = 0;
  virtual const v1::Limits& limits() const = 0;

  // The next document of the source; nullptr when there are no more. The
  // previous one need not have been read to its end. Errors: NotFound
  // (FETCH_FAILED) when one that Fetch asked for could not be had.
  virtual absl::StatusOr<std::unique_ptr<Document>> NextDocument() = 0;

  // Asks the host for another document, e.g. the next page that a page's Link
  // header names: NextDocument gives it, after those that are on their way.
  // `uri` is absolute, on a host that the source's configuration declares.
  // Returns the number that its head will have (DocumentHead.request).
  virtual absl::StatusOr<uint32_t> Fetch(absl::string_view uri) = 0;

  // Begins a snapshot. spec.snapshot is filled in. Several may be open.
  virtual absl::StatusOr<std::unique_ptr<SnapshotWriter>> BeginSnapshot(
      v1::BeginSnapshot spec) = 0;

  // A row that could not be read. `why` says what is wrong and what was
  // expected.
  virtual absl::Status Reject(v1::Locator locator, absl::string_view why,
                              absl::string_view excerpt,
                              absl::string_view stream = "") = 0;
  // Something to tell the operator.
  virtual absl::Status Diagnose(v1::Diagnostic::Severity severity,
                                absl::string_view message) = 0;
};

// A source plugin.
class Source {
 public:
  virtual ~Source() = default;
  // What the plugin is. `protocols` is filled in.
  virtual v1::DescribeResponse Describe() const = 0;
  // Problems of a configuration. Must agree with Read: what Check accepts,
  // Read can use.
  virtual std::vector<v1::Problem> Check(
      const std::string& config_json) const = 0;
  // Reads all documents. An error fails the run: nothing becomes visible. A
  // bad row is rejected, not an error; an unreadable document is an error
  // (INVALID_ARGUMENT with what, which document, which line or byte).
  virtual absl::Status Read(Reader& reader) = 0;
};

// Serves `source` to the host that started this process (see source.proto);
// returns the exit code.
int ServeSource(Source& source, int argc, char** argv);

template <typename T>
int RunSource(int argc, char** argv) {
  T source;
  return ServeSource(source, argc, argv);
}

}  // namespace meridian

#endif  // PLUGINS_SDK_SOURCE_H_
