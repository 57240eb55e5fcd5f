// The rules of a plugin, as far as what it said can show: what Describe must
// name and what a read must give. Used by the tests of plugins in memory
// (testing.h) and by `meridian plugin test` over the real socket.
#ifndef PLUGINS_SDK_RULES_H_
#define PLUGINS_SDK_RULES_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "meridian/v1/record.pb.h"
#include "meridian/v1/source.pb.h"

namespace meridian {

struct ReadSnapshot {
  v1::BeginSnapshot begin;
  std::vector<v1::Record> records;
  bool ended = false;
};

// What one read gave.
struct ReadResult {
  std::vector<ReadSnapshot> snapshots;
  std::vector<v1::Rejected> rejected;
  std::vector<v1::Diagnostic> diagnostics;
};

// One broken rule.
struct Finding {
  std::string rule;     // e.g. "record.locator"; docs/write-a-source.md
  std::string message;  // what broke it, and where
  std::string fix;      // what to do
};

// "describe": id, version, summary, streams, document kinds, and a schema that
// is a JSON object.
std::vector<Finding> CheckDescription(const v1::DescribeResponse& description);

// What is wrong with `result` of documents with these numbers of lines, by the
// number of the document. The first finding of each rule.
//   snapshot.stream, snapshot.vintage (with its basis), snapshot.coverage,
//   snapshot.ended
//   record.key       every key field is there and every number is finite
//   record.locator   a document that was read and a place in it
//   record.conflict  no key stands for two contents in a snapshot
//   record.text      names without blanks around them or control characters
//   record.date      dates are YYYY, YYYY-MM or YYYY-MM-DD
//   record.interval  lower <= value <= upper
//   rejected.why, rejected.locator
//   read.something   a record or a rejected row
std::vector<Finding> CheckResult(const ReadResult& result,
                                 const std::map<uint32_t, int64_t>& lines);

// Everything that a read gave, in order, as one text; two reads are the same
// when their texts are. Whether records came as rows or columns does not show.
std::string Print(const ReadResult& result);

// Where two such texts differ first, for people.
std::string Differing(const std::string& first, const std::string& second);

}  // namespace meridian

#endif  // PLUGINS_SDK_RULES_H_
