import Device
import Synchronization

/// How far a queue has come in its epoch, without making it wait.
///
/// A marker is enqueued every few steps. The host may run ahead by some markers; then it waits for the oldest, which
/// bounds the driver's list of commands and never idles the device.
final class QueueProgress: Sendable {
  private struct State {
    /// Steps from a marker to the next, and how many markers the host may be ahead.
    var (interval, window) = (16, 16)
    var enqueued = 0
    var completed = 0
    var markers: [(step: Int, marker: QueueMarker)] = []
  }
  private let state = Mutex(State())

  /// Begins an epoch.
  ///
  /// - Parameters:
  ///   - launches: of a step.
  ///   - device: what runs them. Where the host is to sleep while it waits, it waits before the driver holds so many launches
  ///     that it would wait by itself, inside the next one.
  func reset(launches: Int, on device: ComputeDevice) {
    state.withLock {
      $0 = State()
      if device.isWaitedForAsleep { ($0.interval, $0.window) = (min(max(256 / launches, 1), 16), 2) }
    }
  }

  func complete() {
    state.withLock {
      $0.completed = $0.enqueued
      $0.markers = []
    }
  }

  func advance(on queue: CommandQueue) throws {
    let oldest = try state.withLock { state -> QueueMarker? in
      state.enqueued += 1
      guard state.enqueued % state.interval == 0 else { return nil }
      state.markers.append((state.enqueued, try queue.mark()))
      return state.markers.count > state.window ? state.markers.first?.marker : nil
    }
    try oldest?.wait()
    update()
  }

  var completedSteps: Int {
    update()
    return state.withLock { $0.completed }
  }

  private func update() {
    state.withLock { state in
      while let first = state.markers.first, first.marker.isComplete {
        state.completed = first.step
        state.markers.removeFirst()
      }
    }
  }
}
