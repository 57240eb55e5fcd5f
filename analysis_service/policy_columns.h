// The facts of many models as columns. Plain C++: no gRPC, threads, clocks or
// files.
#ifndef ANALYSIS_SERVICE_POLICY_COLUMNS_H_
#define ANALYSIS_SERVICE_POLICY_COLUMNS_H_

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/span.h"
#include "analysis_service/expression_columns.h"
#include "analysis_service/policy_facts.h"

namespace meridian::analysis {

// Models as models, without offerings. Arguments must outlive it.
class ModelColumns : public ColumnSource {
 public:
  ModelColumns(PolicyFacts& facts, absl::Span<const EntityId> models)
      : facts_(facts), models_(models) {}

  size_t size() const override { return models_.size(); }
  Column Field(FieldIndex field) override;
  Column Call(FunctionIndex function,
              absl::Span<const FactValue> arguments) override;
  StringList ListMembers(absl::string_view list) override;
  const FactSource& Row(size_t subject) override;

 private:
  struct Kept {
    const FactColumn* full = nullptr;  // of all models; `codes` of these
    std::vector<uint32_t> codes;
    std::vector<FactValue> values;  // without `full`
  };
  bool most() const;  // a good part of all models
  template <typename All, typename One>
  Column Find(std::string key, All all, One one);

  PolicyFacts& facts_;
  const absl::Span<const EntityId> models_;
  std::map<std::string, Kept> columns_;
  std::unique_ptr<FactSource> row_;
};

}  // namespace meridian::analysis

#endif  // ANALYSIS_SERVICE_POLICY_COLUMNS_H_
