#include "analysis_service/own_evidence.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "analysis_service/segment.h"
#include "common/base/dates.h"
#include "common/base/digest.h"
#include "common/base/status.h"
#include "common/records/batch.h"
#include "common/records/canonical.h"
#include "common/records/vintage.h"

namespace meridian::analysis {
namespace {

// "letter.yaml:12", "evidence 2, record 3".
std::string PlaceOf(const v1::OwnEvidence& evidence, int number, int record) {
  std::string place = evidence.file_name().empty()
                          ? absl::StrCat("evidence ", number + 1)
                          : evidence.file_name();
  if (record < 0) return place;
  const v1::Locator& locator = evidence.records(record).locator();
  if (!evidence.file_name().empty() && locator.has_line()) {
    return absl::StrCat(place, ":", locator.line());
  }
  return absl::StrCat(place, ", record ", record + 1);
}

absl::Status Bad(absl::string_view place, absl::string_view what) {
  return MakeError(absl::StatusCode::kInvalidArgument, "BAD_EVIDENCE",
                   absl::StrCat(place, ": ", what),
                   {{"place", std::string(place)}});
}

bool IsSha256(absl::string_view text) {
  return text.size() == 64 &&
         std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isdigit(c) || (c >= 'a' && c <= 'f');
         });
}

absl::Status CheckHead(const v1::OwnEvidence& evidence, int number) {
  const std::string place = PlaceOf(evidence, number, -1);
  if (evidence.author().empty()) {
    return Bad(place, "no author; say who vouches for it");
  }
  if (!ParseDay(evidence.date()).ok()) {
    return Bad(place, absl::StrCat("the date '", evidence.date(),
                                   "' is not a day such as 2026-04-01"));
  }
  if (!evidence.document_sha256().empty() &&
      !IsSha256(evidence.document_sha256())) {
    return Bad(place,
               "document_sha256 must be 64 hex digits in lower case, as "
               "sha256sum prints them");
  }
  return absl::OkStatus();
}

// The canonical name of the model that a name means, else the name.
absl::Status Canonicalize(const Resolution& resolution, absl::string_view place,
                          std::string* name) {
  std::vector<std::string> found;
  for (const EntityId id : resolution.Find(*name)) {
    const Entity& entity = resolution.entity(id);
    if (entity.resolved) found.push_back(entity.name);
    // The name itself comes before what else it may mean.
    if (entity.resolved && entity.name == *name) return absl::OkStatus();
  }
  if (absl::StartsWith(*name, "~")) {
    return Bad(place, absl::StrCat("'", *name,
                                   "' is a name without identity; write it as "
                                   "its source spells it, without '~SOURCE/'"));
  }
  if (found.size() > 1) {
    return Bad(place, absl::StrCat("'", *name, "' may mean ",
                                   absl::StrJoin(found, " or "),
                                   "; write the one that is meant"));
  }
  if (found.size() == 1) *name = found[0];
  return absl::OkStatus();
}

// Names of models in a record as the catalog's.
absl::Status ResolveNames(const Resolution& resolution, absl::string_view place,
                          v1::Record* record) {
  std::vector<std::string*> names;
  switch (record->kind_case()) {
    case v1::Record::kModel:
      names.push_back(record->mutable_model()->mutable_name());
      for (v1::BaseModel& base :
           *record->mutable_model()->mutable_base_models()) {
        names.push_back(base.mutable_model());
      }
      break;
    case v1::Record::kScore:
      names.push_back(record->mutable_score()->mutable_model());
      break;
    case v1::Record::kOffering:
      if (record->offering().has_model()) {
        names.push_back(record->mutable_offering()->mutable_model());
      }
      break;
    default:
      break;
  }
  for (std::string* name : names) {
    RETURN_IF_ERROR(Canonicalize(resolution, place, name));
  }
  return absl::OkStatus();
}

v1::Snapshot MetaOf(const v1::OwnEvidence& evidence, absl::string_view prefix,
                    int number, uint64_t seq) {
  v1::Snapshot meta;
  meta.set_source(absl::StrCat(prefix, evidence.author()));
  // Each is a stream of its own: one never replaces another. As in reference
  // data, a model's name stands for itself.
  meta.set_stream(absl::StrCat("reference/own-", number + 1));
  *meta.mutable_vintage() =
      MakeVintage(evidence.date(), v1::VINTAGE_BASIS_STATED);
  meta.set_revision(1);
  // Fixtures are all that there is; a letter is not.
  meta.mutable_coverage()->set_extent(
      prefix.empty() ? v1::Coverage::EXTENT_ALL : v1::Coverage::EXTENT_SOME);
  meta.set_count(evidence.records_size());
  meta.set_seq(seq);
  meta.set_publisher(evidence.author());
  meta.set_data_licence("own evidence, not part of the log");
  v1::Retrieval* document = meta.add_documents();
  document->set_uri(evidence.file_name());
  document->set_sha256(evidence.document_sha256());
  return meta;
}

// One segment with the records as they would come over the feed.
absl::StatusOr<std::shared_ptr<const Segment>> BuildSegment(
    const v1::OwnEvidence& evidence, absl::string_view prefix, int number,
    const Catalog& catalog, const std::shared_ptr<NameTable>& names) {
  BatchBuilder batches;
  ContentDigest content;
  std::map<KeyHash, int> keys;
  for (int i = 0; i < evidence.records_size(); ++i) {
    const std::string place = PlaceOf(evidence, number, i);
    v1::Record record = evidence.records(i);
    record.mutable_locator()->clear_document();
    RETURN_IF_ERROR(ResolveNames(catalog.resolution(), place, &record));
    const auto hash = HashRecord(record);
    if (!hash.ok()) return Bad(place, hash.status().message());
    const auto [other, is_new] = keys.emplace(hash->key, i);
    if (!is_new) {
      return Bad(place, absl::StrCat("has the same key as ",
                                     PlaceOf(evidence, number, other->second),
                                     "; merge the two or delete one"));
    }
    content.Add(*hash);
    batches.Add(record);
  }
  v1::Snapshot meta = MetaOf(evidence, prefix, number, catalog.seq());
  meta.set_content_digest(Hex(content.Finish()));
  meta.set_digest(SnapshotDigest(meta));
  ASSIGN_OR_RETURN(const auto builder,
                   SegmentBuilder::Create(std::move(meta), names));
  for (;;) {
    const v1::StoredBatch batch = batches.TakeStored();
    if (batch.count() == 0) break;
    RETURN_IF_ERROR(builder->Add(batch));
  }
  return builder->Finish();
}

absl::StatusOr<std::shared_ptr<const Catalog>> Overlay(
    std::shared_ptr<const Catalog> catalog,
    const google::protobuf::RepeatedPtrField<v1::OwnEvidence>& evidence,
    absl::string_view prefix) {
  if (evidence.empty()) return catalog;
  auto names = std::make_shared<NameTable>(catalog->shared_names());
  std::vector<std::shared_ptr<const Segment>> overlay;
  int records = 0;
  for (int i = 0; i < evidence.size(); ++i) {
    RETURN_IF_ERROR(CheckHead(evidence[i], i));
    records += evidence[i].records_size();
    if (records > kMostOwnRecords) {
      return Bad(PlaceOf(evidence[i], i, -1),
                 absl::StrCat("more than ", kMostOwnRecords,
                              " records in all; ingest them instead"));
    }
    ASSIGN_OR_RETURN(auto segment,
                     BuildSegment(evidence[i], prefix, i, *catalog, names));
    overlay.push_back(std::move(segment));
  }
  return catalog->WithOverlay(std::move(overlay), std::move(names));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Catalog>> WithOwnEvidence(
    std::shared_ptr<const Catalog> catalog,
    const google::protobuf::RepeatedPtrField<v1::OwnEvidence>& evidence) {
  return Overlay(std::move(catalog), evidence, kOwnSourcePrefix);
}

absl::StatusOr<std::shared_ptr<const Catalog>> WithSources(
    std::shared_ptr<const Catalog> catalog,
    const google::protobuf::RepeatedPtrField<v1::OwnEvidence>& sources) {
  return Overlay(std::move(catalog), sources, "");
}

}  // namespace meridian::analysis
