import Foundation

/// How the process handles its memory.
enum HostMemory {
  /// Gives each block above 1 MiB pages of its own, which go back to the system when it is freed.
  ///
  /// Weights and images come and go by the megabyte, on several threads; glibc would raise its threshold by itself and
  /// keep them. `mallopt` is looked up because Swift's module of glibc leaves malloc.h out; where there is none, nothing
  /// changes.
  static func returnLargeBlocks() {
    guard let symbol = dlsym(nil, "mallopt") else { return }
    let mallopt = unsafeBitCast(symbol, to: (@convention(c) (Int32, Int32) -> Int32).self)
    let mmapThreshold: Int32 = -3  // M_MMAP_THRESHOLD
    _ = mallopt(mmapThreshold, 1 << 20)
  }
}
