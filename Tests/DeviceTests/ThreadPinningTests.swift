import Device
import Testing

/// Protects who shares a machine: threads are pinned to cores only where a process has them all.
@Suite struct ThreadPinningTests {
  @Test("all cores of the machine, and nothing said about threads")
  func pinned() {
    #expect(ThreadPinning.pins(["HOME": "/root"], cores: [0, 1, 2, 3], of: 4))
  }

  @Test(
    "some of the cores, as a scheduler or taskset gives them; cores that are not numbered in turn; a system that does not say",
    arguments: [[0, 1], [2, 3], [0, 1, 2, 5], []])
  func shared(cores: [Int]) { #expect(!ThreadPinning.pins([:], cores: cores, of: 4)) }

  @Test(
    "a person's own settings of PoCL's threads",
    arguments: ["POCL_AFFINITY", "POCL_MAX_PTHREAD_COUNT", "POCL_CPU_MAX_CU_COUNT"])
  func own(variable: String) {
    #expect(!ThreadPinning.pins([variable: "1"], cores: [0, 1], of: 2))
  }
}
