// Stored batches and wire batches from an enemy: corrupt is an error, never a
// crash; what is accepted can be hashed.
#include "common/base/digest.h"
#include "common/records/batch.h"
#include "common/records/canonical.h"
#include "google/protobuf/stubs/logging.h"
#include "tests/fuzz/fuzz.h"

namespace meridian::fuzz {

std::vector<std::string> Seeds() {
  std::vector<std::string> seeds;
  BatchBuilder scores, rows;
  for (int i = 0; i < 5; ++i) {
    v1::Record record;
    record.mutable_locator()->set_line(i + 1);
    record.mutable_score()->set_board("b");
    record.mutable_score()->set_model("m" + std::to_string(i));
    record.mutable_score()->set_value(i);
    if (i % 2 == 0) record.mutable_score()->set_lower(i - 1);
    scores.Add(record);
    record.mutable_model()->set_name("m" + std::to_string(i));
    rows.Add(record);
  }
  for (BatchBuilder* builder : {&scores, &rows}) {
    seeds.push_back(builder->TakeStored().SerializeAsString());
  }
  v1::RecordBatch wire;
  wire.mutable_votes()->add_dictionary("");
  wire.mutable_votes()->add_board(0);
  seeds.push_back(wire.SerializeAsString());
  return seeds;
}

}  // namespace meridian::fuzz

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace meridian;  // NOLINT
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const auto visit = [](const v1::Record& record) {
    (void)HashRecord(record).ok();
    return absl::OkStatus();
  };
  const google::protobuf::LogSilencer quiet;  // Bad UTF-8 is expected here.
  v1::StoredBatch stored;
  if (stored.ParseFromString(bytes)) {
    (void)ForEachRecord(stored, visit).ok();
    stored.set_crc32c(Crc32c(stored.data()));  // Past the checksum, too.
    (void)ForEachRecord(stored, visit).ok();
  }
  v1::RecordBatch wire;
  if (wire.ParseFromString(bytes)) (void)ForEachRecord(wire, visit).ok();
  return 0;
}
