// An open file descriptor that closes itself.
#ifndef INGEST_SERVICE_PLUGIN_HOST_FILE_DESCRIPTOR_H_
#define INGEST_SERVICE_PLUGIN_HOST_FILE_DESCRIPTOR_H_

#include <fcntl.h>
#include <unistd.h>

#include <utility>

namespace meridian::ingest {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      Close();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~FileDescriptor() { Close(); }

  void Close() {
    if (fd_ >= 0) close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }

 private:
  int fd_ = -1;
};

// A pipe whose ends no other program inherits and which are numbered above
// what a child's descriptors become.
struct Pipe {
  FileDescriptor read_end;
  FileDescriptor write_end;

  bool Open() {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0) return false;
    read_end = FileDescriptor(Raise(ends[0]));
    write_end = FileDescriptor(Raise(ends[1]));
    return read_end.get() >= 0 && write_end.get() >= 0;
  }

 private:
  static int Raise(int fd) {
    constexpr int kLowest = 10;
    if (fd >= kLowest) return fd;
    const int raised = fcntl(fd, F_DUPFD_CLOEXEC, kLowest);
    close(fd);
    return raised;
  }
};

}  // namespace meridian::ingest

#endif  // INGEST_SERVICE_PLUGIN_HOST_FILE_DESCRIPTOR_H_
