// For tests: a log in memory whose commits become catalogs, the records going
// through stored batches as they do over the feed.
#ifndef ANALYSIS_SERVICE_TESTING_LOG_H_
#define ANALYSIS_SERVICE_TESTING_LOG_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "analysis_service/catalog.h"
#include "common/base/digest.h"
#include "common/records/batch.h"
#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"

namespace meridian::analysis {

// A record in text format: `score { board: "b" ... }`.
inline v1::Record ParseRecord(const std::string& text) {
  v1::Record record;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &record))
      << text;
  return record;
}

inline std::vector<v1::StoredBatch> Batches(
    const std::vector<v1::Record>& records) {
  BatchBuilder builder;
  std::vector<v1::StoredBatch> batches;
  for (const v1::Record& record : records) builder.Add(record);
  for (;;) {
    v1::StoredBatch batch = builder.TakeStored();
    if (batch.count() == 0) return batches;
    batches.push_back(std::move(batch));
  }
}

inline v1::Snapshot MakeSnapshot(absl::string_view source,
                                 absl::string_view stream,
                                 absl::string_view vintage) {
  v1::Snapshot meta;
  meta.set_source(std::string(source));
  meta.set_stream(std::string(stream));
  meta.mutable_vintage()->set_date(std::string(vintage));
  meta.set_revision(1);
  meta.mutable_coverage()->set_extent(v1::Coverage::EXTENT_ALL);
  return meta;
}

class TestLog {
 public:
  explicit TestLog(std::string id = "log-a")
      : catalog_(Catalog::Empty(std::move(id), names_)) {}

  // Adds a snapshot to the open commit. Records are in text format.
  TestLog& Add(v1::Snapshot meta, const std::vector<std::string>& texts) {
    std::vector<v1::Record> records;
    for (const std::string& text : texts) records.push_back(ParseRecord(text));
    meta.set_count(records.size());
    meta.set_seq(catalog_->seq() + 1);
    meta.set_digest(Sha256Hex(absl::StrCat(
        meta.source(), "|", meta.stream(), "|", meta.vintage().date(), "|",
        meta.revision(), "|", texts.size(), texts.empty() ? "" : texts[0])));
    auto builder = SegmentBuilder::Create(std::move(meta), names_);
    EXPECT_TRUE(builder.ok()) << builder.status();
    for (const v1::StoredBatch& batch : Batches(records)) {
      const absl::Status added = (*builder)->Add(batch);
      EXPECT_TRUE(added.ok()) << added;
    }
    auto segment = (*builder)->Finish();
    EXPECT_TRUE(segment.ok()) << segment.status();
    open_.push_back(*std::move(segment));
    return *this;
  }
  TestLog& Add(absl::string_view source, absl::string_view stream,
               absl::string_view vintage,
               const std::vector<std::string>& texts) {
    return Add(MakeSnapshot(source, stream, vintage), texts);
  }

  // Makes the open commit visible; the catalog after it.
  std::shared_ptr<const Catalog> Commit() {
    catalog_ = catalog_->With(std::move(open_), catalog_->seq() + 1);
    open_.clear();
    return catalog_;
  }

  std::shared_ptr<NameTable> names() const { return names_; }

 private:
  std::shared_ptr<NameTable> names_ = std::make_shared<NameTable>();
  std::shared_ptr<const Catalog> catalog_;
  std::vector<std::shared_ptr<const Segment>> open_;
};

// The name of what a name of a source means in a snapshot of `day`.
inline std::string MeaningOf(const Catalog& catalog, absl::string_view source,
                             absl::string_view name, Day day) {
  const auto id = catalog.name_table().Find(source, name);
  if (!id) return "(no such name)";
  const Meaning meaning = catalog.resolution().Resolve(*id, day);
  if (meaning.entity == kNoEntity) return "(nothing)";
  return catalog.resolution().entity(meaning.entity).name;
}

inline Day D(absl::string_view text) { return *ParseDay(text); }

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_TESTING_LOG_H_
