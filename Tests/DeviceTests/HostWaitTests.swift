import Device
import Testing

/// Protects the host's cores: a thread that waits for a GPU sleeps, and still sees soon that it has ended.
@Suite struct HostWaitTests {
  /// A clock that stands still but for the questions, each of a microsecond, and the sleep.
  private final class Clock {
    private(set) var time = Duration.zero
    private(set) var worked = Duration.zero

    /// Waits for something that ends at `end`.
    func wait(until end: Duration) {
      HostWait.wait(
        until: { [self] in
          time += .microseconds(1)
          worked += .microseconds(1)
          return time >= end
        }, waited: { [self] in time }, sleep: { [self] in time += $0 })
    }
  }

  @Test("what ends soon is seen at once")
  func soon() {
    let clock = Clock()
    clock.wait(until: .microseconds(150))
    #expect(clock.time == .microseconds(150))
  }

  @Test("a long wait is slept through and ends in time", arguments: [1, 10, 100, 1000, 10_000])
  func long(milliseconds: Int) {
    let clock = Clock()
    clock.wait(until: .milliseconds(milliseconds))
    let late = clock.time - .milliseconds(milliseconds)
    #expect(late <= min(.milliseconds(milliseconds) / 16, HostWait.longest) + .microseconds(1))
    #expect(clock.worked <= HostWait.eager + .microseconds(100) + .microseconds(milliseconds))
  }
}
