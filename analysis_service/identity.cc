#include "analysis_service/identity.h"

#include <algorithm>
#include <limits>
#include <numeric>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"

namespace meridian::analysis {
namespace {

constexpr Day kSinceAlways = std::numeric_limits<Day>::min();
constexpr Day kForever = std::numeric_limits<Day>::max();

void AddDistinct(std::vector<EntityId>* ids, EntityId id) {
  if (std::find(ids->begin(), ids->end(), id) == ids->end()) {
    ids->push_back(id);
  }
}

std::vector<EntityId> FindIn(
    const absl::flat_hash_map<std::string, std::vector<EntityId>>& map,
    absl::string_view key) {
  const auto it = map.find(key);
  if (it == map.end()) return {};
  std::vector<EntityId> ids = it->second;
  std::sort(ids.begin(), ids.end());
  return ids;
}

}  // namespace

absl::string_view ResolvedByName(ResolvedBy how) {
  switch (how) {
    case ResolvedBy::kCanonical:
      return "canonical";
    case ResolvedBy::kAlias:
      return "alias";
    case ResolvedBy::kSameSpelling:
      return "same spelling";
    case ResolvedBy::kUnresolved:
      break;
  }
  return "unresolved";
}

std::string NormalizedSpelling(absl::string_view name) {
  std::string text = absl::AsciiStrToLower(name);
  for (char& c : text) {
    if (c == '_' || c == ' ') c = '-';
  }
  return text;
}

// Builds a Resolution in two passes: what each name means, then the entities
// of names that stand for themselves.
class ResolutionBuilder {
 public:
  ResolutionBuilder(const IdentityRecords& records, const NameTable& names)
      : records_(records),
        names_(names),
        out_(std::make_shared<Resolution>()) {}

  std::shared_ptr<const Resolution> Build() {
    AddCanonical();
    AddAliases();
    std::vector<std::pair<std::string, NameId>> unresolved;
    if (!records_.names.empty()) {
      out_->meanings_.resize(records_.names.back() + size_t{1});
    }
    std::vector<std::vector<Resolution::Dated>> meanings;
    meanings.reserve(records_.names.size());
    for (const NameId name : records_.names) {
      meanings.push_back(MeaningsOf(name));
      for (const Resolution::Dated& dated : meanings.back()) {
        if (dated.meaning.entity != kNoEntity) continue;
        unresolved.emplace_back(
            absl::StrCat("~", absl::string_view(names_.source(name)), "/",
                         absl::string_view(names_.name(name))),
            name);
        break;
      }
    }
    AddUnresolved(std::move(unresolved));
    for (size_t i = 0; i < records_.names.size(); ++i) {
      Keep(records_.names[i], std::move(meanings[i]));
    }
    return out_;
  }

 private:
  struct ParsedAlias {
    absl::string_view source;  // empty: any
    EntityId entity;
    uint32_t configuration;
    bool same;
    Day from;
    Day to;
  };

  void AddCanonical() {
    std::vector<absl::string_view> canonical = records_.canonical;
    for (const v1::Alias* alias : records_.aliases) {
      if (alias->relation() != v1::Alias::RELATION_NOT_SAME) {
        canonical.push_back(alias->model());
      }
    }
    std::sort(canonical.begin(), canonical.end());
    canonical.erase(std::unique(canonical.begin(), canonical.end()),
                    canonical.end());
    for (const absl::string_view name : canonical) {
      const EntityId id = out_->entities_.size();
      out_->entities_.push_back({std::string(name), true, {}});
      out_->by_name_.emplace(name, id);
      out_->by_spelling_[NormalizedSpelling(name)].push_back(id);
    }
  }

  void AddAliases() {
    for (const v1::Alias* alias : records_.aliases) {
      const auto entity = out_->by_name_.find(alias->model());
      if (entity == out_->by_name_.end()) continue;
      ParsedAlias parsed{alias->source(),
                         entity->second,
                         ConfigurationId(alias->configuration()),
                         alias->relation() != v1::Alias::RELATION_NOT_SAME,
                         kSinceAlways,
                         kForever};
      if (alias->has_valid_from()) {
        const auto from = ParseDate(alias->valid_from());
        if (!from.ok()) continue;  // Without its dates it would say too much.
        parsed.from = from->first;
      }
      if (alias->has_valid_to()) {
        const auto to = ParseDate(alias->valid_to());
        if (!to.ok()) continue;
        parsed.to = to->last;
      }
      aliases_[alias->name()].push_back(parsed);
      if (parsed.same) {
        AddDistinct(&out_->by_alias_[alias->name()], parsed.entity);
      }
    }
  }

  uint32_t ConfigurationId(const std::string& text) {
    std::vector<std::string>& known = out_->configurations_;
    const auto found = std::find(known.begin(), known.end(), text);
    const auto id = static_cast<uint32_t>(found - known.begin());
    if (id == known.size()) known.push_back(text);
    return id;
  }

  // What a name means over time, as days from which each meaning holds.
  std::vector<Resolution::Dated> MeaningsOf(NameId id) const {
    const absl::string_view source = names_.source(id);
    const absl::string_view name = names_.name(id);
    std::vector<ParsedAlias> relevant;
    std::vector<Day> days = {kSinceAlways};
    if (const auto it = aliases_.find(name); it != aliases_.end()) {
      for (const ParsedAlias& alias : it->second) {
        if (!alias.source.empty() && alias.source != source) continue;
        relevant.push_back(alias);
        days.push_back(alias.from);
        if (alias.to != kForever) days.push_back(alias.to + 1);
      }
    }
    std::sort(days.begin(), days.end());
    std::vector<Resolution::Dated> meanings;
    for (const Day day : days) {
      const Meaning meaning = MeaningOn(name, relevant, day);
      if (meanings.empty() || !(meanings.back().meaning == meaning)) {
        meanings.push_back({day, meaning});
      }
    }
    return meanings;
  }

  Meaning MeaningOn(absl::string_view name,
                    const std::vector<ParsedAlias>& relevant, Day day) const {
    std::vector<EntityId> denied;
    const auto is_denied = [&](EntityId id) {
      return std::find(denied.begin(), denied.end(), id) != denied.end();
    };
    for (const bool scoped : {true, false}) {
      const auto holds = [&](const ParsedAlias& alias) {
        return alias.source.empty() != scoped && alias.from <= day &&
               day <= alias.to;
      };
      for (const ParsedAlias& alias : relevant) {
        if (holds(alias) && !alias.same) denied.push_back(alias.entity);
      }
      Day latest = kSinceAlways;
      std::vector<Meaning> found;
      for (const ParsedAlias& alias : relevant) {
        if (!holds(alias) || !alias.same || is_denied(alias.entity)) continue;
        if (alias.from > latest) found.clear();
        const Meaning meaning{alias.entity, ResolvedBy::kAlias,
                              alias.configuration};
        if (alias.from >= latest &&
            std::find(found.begin(), found.end(), meaning) == found.end()) {
          found.push_back(meaning);
        }
        latest = std::max(latest, alias.from);
      }
      if (found.size() == 1) return found[0];
      if (found.size() > 1) return {};
    }
    const auto exact = out_->by_name_.find(name);
    if (exact != out_->by_name_.end() && !is_denied(exact->second)) {
      return {exact->second, ResolvedBy::kCanonical, 0};
    }
    const auto alike = out_->by_spelling_.find(NormalizedSpelling(name));
    if (alike != out_->by_spelling_.end() && alike->second.size() == 1 &&
        !is_denied(alike->second[0])) {
      return {alike->second[0], ResolvedBy::kSameSpelling, 0};
    }
    return {};
  }

  void AddUnresolved(std::vector<std::pair<std::string, NameId>> unresolved) {
    std::sort(unresolved.begin(), unresolved.end());
    out_->unresolved_names_ = unresolved.size();
    for (auto& [text, name] : unresolved) {
      const EntityId id = out_->entities_.size();
      out_->by_bare_name_[names_.name(name)].push_back(id);
      out_->by_name_.emplace(text, id);
      own_[name] = id;
      out_->entities_.push_back({std::move(text), false, {}});
    }
  }

  void Keep(NameId name, std::vector<Resolution::Dated> meanings) {
    for (Resolution::Dated& dated : meanings) {
      if (dated.meaning.entity == kNoEntity) {
        dated.meaning = {own_[name], ResolvedBy::kUnresolved, 0};
      }
      std::vector<NameId>& of = out_->entities_[dated.meaning.entity].names;
      if (of.empty() || of.back() != name) of.push_back(name);
    }
    if (meanings.size() == 1) {
      out_->meanings_[name] = meanings[0].meaning;
    } else {
      out_->dated_[name] = std::move(meanings);
    }
  }

  const IdentityRecords& records_;
  const NameTable& names_;
  std::shared_ptr<Resolution> out_;
  absl::flat_hash_map<std::string, std::vector<ParsedAlias>> aliases_;
  absl::flat_hash_map<NameId, EntityId> own_;
};

std::shared_ptr<const Resolution> Resolution::Build(
    const IdentityRecords& records, const NameTable& names) {
  return ResolutionBuilder(records, names).Build();
}

Meaning Resolution::Resolve(NameId name, Day vintage) const {
  if (name >= meanings_.size()) return {};
  if (meanings_[name].entity != kNoEntity) return meanings_[name];
  const auto it = dated_.find(name);
  if (it == dated_.end()) return {};
  Meaning meaning;
  for (const Dated& dated : it->second) {
    if (dated.from > vintage) break;
    meaning = dated.meaning;
  }
  return meaning;
}

std::vector<EntityId> Resolution::Find(absl::string_view name) const {
  if (const auto exact = FindExact(name)) return {*exact};
  for (const auto* map : {&by_alias_, &by_bare_name_}) {
    std::vector<EntityId> found = FindIn(*map, name);
    if (!found.empty()) return found;
  }
  return FindIn(by_spelling_, NormalizedSpelling(name));
}

std::optional<EntityId> Resolution::FindExact(absl::string_view name) const {
  const auto it = by_name_.find(name);
  if (it == by_name_.end()) return std::nullopt;
  return it->second;
}

}  // namespace meridian::analysis
