import COpenCL
import Synchronization

/// Lets launches on PoCL pass, those wider than any before of their kernel by themselves.
///
/// PoCL 3.1 loads a kernel's code again for a grid wider than all before it, counts the users of each copy, and takes every launch
/// that ends from the users of the copy loaded last, whichever it ran. Where two or more narrower launches of the kernel were in
/// flight, the count falls below zero, and PoCL ends the process: `pocl_release_dlhandle_cache: Assertion 'found->ref_count > 0'`.
enum LaunchGate {
  /// Launches that PoCL counts together: those of one kernel of one program text in work-groups of one size.
  struct Family: Hashable {
    let program: UInt64
    let kernel: String
    // Work-items of a group along x, y and z.
    let local: [Int]

    /// - Parameter program: the hash of the program's text and options.
    init(program: UInt64, kernel: String, _ geometry: LaunchGeometry) {
      (self.program, self.kernel) = (program, kernel)
      local = geometry.local + [Int](repeating: 1, count: 3 - geometry.dimensions)
    }
  }

  private struct State: @unchecked Sendable {
    // @unchecked: queue handles are thread-safe by the standard.
    var numbers: [Family: Int] = [:]
    var widest: [Int] = []
    var queues: Set<cl_command_queue> = []
  }
  private static let state = Mutex(State())

  /// The number of a family, for `pass`.
  static func number(of family: Family) -> Int {
    state.withLock { state in
      if let known = state.numbers[family] { return known }
      state.numbers[family] = state.widest.count
      state.widest.append(0)
      return state.widest.count - 1
    }
  }

  /// Takes note of a queue on which launches may be in flight.
  static func open(_ queue: cl_command_queue) {
    state.withLock { _ = $0.queues.insert(queue) }
  }

  /// Forgets a queue, once nothing of it is in flight.
  static func close(_ queue: cl_command_queue) {
    clFinish(queue)
    state.withLock { _ = $0.queues.remove(queue) }
  }

  /// Runs `launch`, which enqueues on `queue`: at once, or, wider than any before of its family, when all queues are idle, and
  /// until it has run.
  ///
  /// - Parameters:
  ///   - number: the family's.
  ///   - geometry: the launch's. PoCL takes the larger number of work-items along x and y for the grid's width.
  /// - Throws: what `launch` throws; `OpenCLError`.
  static func pass(
    _ number: Int, _ geometry: LaunchGeometry, on queue: cl_command_queue, _ launch: () throws -> Void
  ) throws {
    let width = geometry.global.prefix(2).max() ?? 1
    try state.withLock { state in
      guard width > state.widest[number], state.widest[number] > 0 else {
        try launch()
        state.widest[number] = max(width, state.widest[number])
        return
      }
      for other in state.queues { try check(clFinish(other), "clFinish") }
      try launch()
      try check(clFinish(queue), "clFinish")
      state.widest[number] = width
    }
  }
}
