import Synchronization

/// Counts the bytes of the buffers alive on one device, and refuses a request that cannot fit.
///
/// Drivers allocate lazily, so an overdraft would otherwise show up later, at some launch.
public final class MemoryLedger: Sendable {
  /// Global memory of the device, in bytes.
  public let capacity: Int
  /// The largest single buffer, in bytes.
  public let largestBuffer: Int
  private let state = Mutex((used: 0, peak: 0))

  init(capacity: Int, largestBuffer: Int) {
    self.capacity = capacity
    self.largestBuffer = largestBuffer
  }

  /// Bytes of all buffers alive.
  public var used: Int { state.withLock { $0.used } }
  /// The most bytes that were alive at once.
  public var peak: Int { state.withLock { $0.peak } }

  func reserve(_ bytes: Int, for name: String) throws {
    guard bytes <= largestBuffer else {
      throw OutOfDeviceMemory(name: name, requested: bytes, used: used, limit: largestBuffer, isSingle: true)
    }
    try state.withLock { state in
      guard bytes <= capacity - state.used else {
        throw OutOfDeviceMemory(
          name: name, requested: bytes, used: state.used, limit: capacity, isSingle: false)
      }
      state.used += bytes
      state.peak = max(state.peak, state.used)
    }
  }

  func release(_ bytes: Int) { state.withLock { $0.used -= bytes } }
}

/// A buffer that cannot fit on the device.
public struct OutOfDeviceMemory: Error, Equatable, CustomStringConvertible {
  /// What the buffer was for.
  public let name: String
  /// Bytes asked for.
  public let requested: Int
  /// Bytes already in use.
  public let used: Int
  /// Bytes that there are: the device's memory, or the largest single buffer it takes.
  public let limit: Int
  /// Whether `limit` is that of a single buffer.
  public let isSingle: Bool

  /// One line: what was asked, what the device has, what to do.
  public var description: String {
    func mib(_ bytes: Int) -> String { "\((bytes + (1 << 19)) >> 20) MiB" }
    let has =
      isSingle
      ? "its largest single buffer is \(mib(limit))" : "it has \(mib(limit)), \(mib(used)) in use"
    return "\(name) needs \(mib(requested)) on the device: \(has); "
      + "lower training.batch_size, model.layers or execution.concurrent_models"
  }
}
