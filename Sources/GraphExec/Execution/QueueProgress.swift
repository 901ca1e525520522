import Device
import Synchronization

/// How far a queue has come in its epoch, without making it wait.
///
/// A marker is enqueued every few steps. The host may run ahead by `window` markers; then it waits for the oldest, which
/// bounds the driver's list of commands and never idles the device.
final class QueueProgress: Sendable {
  private static let interval = 16
  private static let window = 16
  private struct State {
    var enqueued = 0
    var completed = 0
    var markers: [(step: Int, marker: QueueMarker)] = []
  }
  private let state = Mutex(State())

  func reset() { state.withLock { $0 = State() } }

  func complete() {
    state.withLock {
      $0.completed = $0.enqueued
      $0.markers = []
    }
  }

  func advance(on queue: CommandQueue) throws {
    let oldest = try state.withLock { state -> QueueMarker? in
      state.enqueued += 1
      guard state.enqueued % Self.interval == 0 else { return nil }
      state.markers.append((state.enqueued, try queue.mark()))
      return state.markers.count > Self.window ? state.markers.first?.marker : nil
    }
    if let oldest {
      try queue.flush()
      try oldest.wait()
    } else if state.withLock({ $0.enqueued % Self.interval == 0 }) {
      try queue.flush()
    }
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
