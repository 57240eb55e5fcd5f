// Facts of all models at once.
#include <cstring>

#include "absl/container/flat_hash_map.h"
#include "analysis_service/facts_state.h"

namespace meridian::analysis {
namespace {

void AppendBytes(const void* data, size_t size, std::string* out) {
  out->append(static_cast<const char*>(data), size);
}

// Equal values and only they have equal keys.
struct AppendKey {
  std::string* out;
  void operator()(std::monostate) const {}
  void operator()(const std::string& text) const { out->append(text); }
  void operator()(const NumberRange& range) const {
    const double ends[2] = {range.low + 0.0, range.high + 0.0};
    AppendBytes(ends, sizeof(ends), out);
  }
  void operator()(bool flag) const { out->push_back(flag ? 'T' : 'F'); }
  void operator()(const StringList& list) const {
    out->push_back(list.complete ? 'C' : 'I');
    for (const std::string& item : list.items) {
      const size_t size = item.size();
      AppendBytes(&size, sizeof(size), out);
      out->append(item);
    }
  }
  void operator()(const DateRange& range) const {
    AppendBytes(&range, sizeof(range), out);
  }
  void operator()(const std::shared_ptr<const ObjectList>& list) const {
    out->push_back(list->complete ? 'C' : 'I');
    for (const FactObject& object : list->items) {
      for (const FactValue& field : object.fields) {
        std::string key = {static_cast<char>(field.unknown),
                           static_cast<char>(field.value.index())};
        std::visit(AppendKey{&key}, field.value);
        const size_t size = key.size();
        AppendBytes(&size, sizeof(size), out);
        out->append(key);
      }
    }
  }
};

class ColumnBuilder {
 public:
  void Add(FactValue value) {
    key_.assign({static_cast<char>(value.unknown),
                 static_cast<char>(value.value.index())});
    std::visit(AppendKey{&key_}, value.value);
    const auto [it, is_new] =
        codes_.try_emplace(key_, static_cast<uint32_t>(column_.values.size()));
    if (is_new) column_.values.push_back(std::move(value));
    column_.codes.push_back(it->second);
  }
  FactColumn Take() { return std::move(column_); }

 private:
  FactColumn column_;
  std::string key_;
  absl::flat_hash_map<std::string, uint32_t> codes_;
};

// `compute` for every model, with nothing kept on the way.
template <typename Compute>
FactColumn BuildColumn(FactState& state, Compute compute) {
  ColumnBuilder builder;
  const bool kept_before = state.keeps;
  state.keeps = false;
  const size_t models = state.catalog.resolution().entities().size();
  for (EntityId model = 0; model < models; ++model) {
    builder.Add(compute(model).value);
  }
  state.keeps = kept_before;
  return builder.Take();
}

}  // namespace

const FactColumn& FactReader::Column(FieldIndex field) {
  const auto it = state_->field_columns.find(field);
  if (it != state_->field_columns.end()) return it->second;
  return state_->field_columns
      .emplace(field, BuildColumn(*state_,
                                  [&](EntityId model) {
                                    return state_->Compute(model, field, -1);
                                  }))
      .first->second;
}

const FactColumn& FactReader::Column(FunctionIndex function,
                                     absl::Span<const FactValue> arguments) {
  const int call = state_->CallId(function, arguments);
  const auto it = state_->call_columns.find(call);
  if (it != state_->call_columns.end()) return it->second;
  return state_->call_columns
      .emplace(call, BuildColumn(*state_,
                                 [&](EntityId model) {
                                   return state_->ComputeCall(model, -1, call);
                                 }))
      .first->second;
}

}  // namespace meridian::analysis
