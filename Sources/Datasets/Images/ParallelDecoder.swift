import Dispatch
import Synchronization

/// Decodes many images on all cores.
struct ParallelDecoder: Sendable {
  let count: Int
  let shape: ImageShape
  let reading: DataReading
  /// Decodes one of them into its place.
  let decode: @Sendable (_ place: Int, UnsafeMutableBufferPointer<UInt8>) throws -> Void

  /// Images that a core takes at a time.
  private static let share = 32

  private struct State {
    var done = 0
    var failures: [(place: Int, reason: String)] = []
  }

  init(
    count: Int, shape: ImageShape, _ reading: DataReading,
    decode: @escaping @Sendable (Int, UnsafeMutableBufferPointer<UInt8>) throws -> Void
  ) {
    (self.count, self.shape, self.reading, self.decode) = (count, shape, reading, decode)
  }

  /// The bytes of all images that can be read, and why others cannot.
  ///
  /// - Throws: `DatasetError` for the first of the latter, unless such are left out.
  func run() throws -> (bytes: [UInt8], failures: [(place: Int, reason: String)]) {
    let size = shape.values
    let state = Mutex(State())
    var bytes = [UInt8](unsafeUninitializedCapacity: count * size) { buffer, initialized in
      // Each image has a place of its own in it.
      nonisolated(unsafe) let whole = buffer
      DispatchQueue.concurrentPerform(iterations: (count + Self.share - 1) / Self.share) { share in
        let places = (share * Self.share)..<min((share + 1) * Self.share, count)
        if !reading.skipsUnreadable, state.withLock({ !$0.failures.isEmpty }) { return }
        for place in places {
          let own = UnsafeMutableBufferPointer(rebasing: whole[(place * size)..<((place + 1) * size)])
          do {
            try decode(place, own)
          } catch {
            own.update(repeating: 0)
            state.withLock { $0.failures.append((place, "\(error)")) }
            if !reading.skipsUnreadable { return }
          }
        }
        let done = state.withLock { state in
          state.done += places.count
          return state.done
        }
        reading.progress(done, count)
      }
      initialized = count * size
    }
    let failures = state.withLock { $0.failures }.sorted { $0.place < $1.place }
    guard let first = failures.first else { return (bytes, []) }
    guard reading.skipsUnreadable else { throw DatasetError(first.reason) }
    let lost = Set(failures.map(\.place))
    bytes = (0..<count).filter { !lost.contains($0) }.flatMap { bytes[($0 * size)..<(($0 + 1) * size)] }
    return (bytes, failures)
  }
}
