#include "analysis_service/name_table.h"

namespace meridian::analysis {

NameTable::NameTable() {
  for (auto& chunk : chunks_) chunk.store(nullptr, std::memory_order_relaxed);
}

NameTable::NameTable(std::shared_ptr<const NameTable> base)
    : base_(std::move(base)), base_size_(static_cast<NameId>(base_->size())) {
  for (auto& chunk : chunks_) chunk.store(nullptr, std::memory_order_relaxed);
}

NameTable::~NameTable() {
  for (auto& chunk : chunks_) delete[] chunk.load(std::memory_order_relaxed);
}

std::pair<int, size_t> NameTable::Place(NameId id) {
  const uint64_t shifted = static_cast<uint64_t>(id) + (1u << kFirstBits);
  const int high = 63 - __builtin_clzll(shifted);
  return {high - kFirstBits, shifted - (1ull << high)};
}

const NameTable::Entry& NameTable::At(NameId id) const {
  if (id < base_size_) return base_->At(id);
  const auto [chunk, offset] = Place(id - base_size_);
  return chunks_[chunk].load(std::memory_order_acquire)[offset];
}

NameId NameTable::Intern(absl::string_view source, absl::string_view name) {
  if (base_ != nullptr) {
    const auto known = base_->Find(source, name);
    if (known && *known < base_size_) return *known;
  }
  absl::MutexLock lock(&mu_);
  const auto found = ids_.find(std::make_pair(source, name));
  if (found != ids_.end()) return found->second;
  auto kept_source = sources_.find(source);
  if (kept_source == sources_.end()) {
    const std::string& text = strings_.emplace_back(source);
    kept_source = sources_.emplace(text, &text).first;
    bytes_ += sizeof(text) + text.capacity();
  }
  const std::string& kept = strings_.emplace_back(name);
  const NameId own = static_cast<NameId>(ids_.size());
  const NameId id = base_size_ + own;
  const auto [chunk, offset] = Place(own);
  if (offset == 0) {
    const size_t entries = size_t{1} << (chunk + kFirstBits);
    chunks_[chunk].store(new Entry[entries], std::memory_order_release);
    bytes_ += entries * sizeof(Entry);
  }
  chunks_[chunk].load(std::memory_order_relaxed)[offset] = {kept_source->second,
                                                            &kept};
  ids_.emplace(std::make_pair(absl::string_view(*kept_source->second),
                              absl::string_view(kept)),
               id);
  bytes_ += sizeof(kept) + kept.capacity() + 48;  // 48: its place in ids_.
  return id;
}

std::optional<NameId> NameTable::Find(absl::string_view source,
                                      absl::string_view name) const {
  if (base_ != nullptr) {
    const auto known = base_->Find(source, name);
    // The base may have grown since.
    if (known && *known < base_size_) return known;
  }
  absl::ReaderMutexLock lock(&mu_);
  const auto it = ids_.find(std::make_pair(source, name));
  if (it == ids_.end()) return std::nullopt;
  return it->second;
}

size_t NameTable::size() const {
  absl::ReaderMutexLock lock(&mu_);
  return base_size_ + ids_.size();
}

uint64_t NameTable::bytes() const {
  absl::ReaderMutexLock lock(&mu_);
  return bytes_;
}

}  // namespace meridian::analysis
