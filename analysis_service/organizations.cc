#include "analysis_service/organizations.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace meridian::analysis {
namespace {

// A spelling that two organisations claim.
constexpr OrganizationId kAmbiguous = UINT32_MAX;

std::string Fold(absl::string_view spelling) {
  return absl::AsciiStrToLower(absl::StripAsciiWhitespace(spelling));
}

using Spellings = absl::flat_hash_map<std::string, OrganizationId>;

void Claim(Spellings* spellings, absl::string_view spelling,
           OrganizationId id) {
  const auto [it, inserted] = spellings->emplace(Fold(spelling), id);
  if (!inserted && it->second != id) it->second = kAmbiguous;
}

// What an organisation is called by one group of records: first names, then
// other names that no name took.
void ClaimAll(const std::vector<OrganizationEntry>& entries,
              Spellings* spellings) {
  for (OrganizationId id = 0; id < entries.size(); ++id) {
    Claim(spellings, entries[id].name, id);
  }
  Spellings others;
  for (OrganizationId id = 0; id < entries.size(); ++id) {
    for (const std::string& other : entries[id].other_names) {
      Claim(&others, other, id);
    }
  }
  // Inserting does not overwrite: a name comes before an other name.
  for (const auto& [spelling, id] : others) spellings->emplace(spelling, id);
}

// Numbers the organisations by name.
void SortByName(std::vector<OrganizationEntry>* entries, Spellings* spellings) {
  std::vector<OrganizationId> order(entries->size());
  for (OrganizationId id = 0; id < order.size(); ++id) order[id] = id;
  std::sort(order.begin(), order.end(), [&](auto a, auto b) {
    return (*entries)[a].name < (*entries)[b].name;
  });
  std::vector<OrganizationEntry> sorted;
  std::vector<OrganizationId> number(entries->size());
  for (const OrganizationId id : order) {
    number[id] = sorted.size();
    OrganizationEntry& entry = sorted.emplace_back(std::move((*entries)[id]));
    std::sort(entry.other_names.begin(), entry.other_names.end());
    entry.other_names.erase(
        std::unique(entry.other_names.begin(), entry.other_names.end()),
        entry.other_names.end());
  }
  *entries = std::move(sorted);
  for (auto& [spelling, id] : *spellings) {
    if (id != kAmbiguous) id = number[id];
  }
}

}  // namespace

std::shared_ptr<const OrganizationTable> OrganizationTable::Build(
    absl::Span<const OrganizationRecord> records) {
  auto table = std::make_shared<OrganizationTable>();
  std::vector<OrganizationEntry>& entries = table->entries_;
  // Reference data first: a record of another source joins what its name
  // means there, or is an organisation of its own.
  for (const bool reference : {true, false}) {
    const Spellings known = table->by_spelling_;
    Spellings own;
    for (uint32_t i = 0; i < records.size(); ++i) {
      if (records[i].reference != reference) continue;
      const v1::Organization& record = *records[i].organization;
      const std::string key = Fold(record.name());
      OrganizationId id = kAmbiguous;
      if (const auto it = known.find(key); it != known.end()) id = it->second;
      if (id == kAmbiguous) {
        id = own.emplace(key, entries.size()).first->second;
        if (id == entries.size()) entries.push_back({record.name(), {}, {}});
      }
      OrganizationEntry& entry = entries[id];
      entry.records.push_back(i);
      entry.other_names.insert(entry.other_names.end(),
                               record.other_names().begin(),
                               record.other_names().end());
    }
    Spellings all;
    ClaimAll(entries, &all);
    for (auto& [spelling, id] : all) {
      table->by_spelling_.emplace(spelling, id);
    }
  }
  SortByName(&entries, &table->by_spelling_);
  return table;
}

std::optional<OrganizationId> OrganizationTable::Find(
    absl::string_view spelling) const {
  const auto it = by_spelling_.find(Fold(spelling));
  if (it == by_spelling_.end() || it->second == kAmbiguous) return std::nullopt;
  return it->second;
}

std::string OrganizationTable::NameOf(absl::string_view spelling) const {
  const auto id = Find(spelling);
  return id ? entries_[*id].name : std::string(spelling);
}

}  // namespace meridian::analysis
