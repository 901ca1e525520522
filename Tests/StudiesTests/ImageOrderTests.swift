import Studies
import TestSupport
import Testing

/// The order of the images in an epoch is these numbers: another one would change every published curve.
@Suite struct ImageOrderTests {
  @Test(
    "a seed and an epoch give this order",
    arguments: [
      (seed: 1, epoch: 1, first: [3220, 3143, 30738, 31704], digest: 0x5a27_187d_945b_2e49),
      (1, 2, [30335, 11484, 38973, 43908], 0xb4df_9d58_d58c_d6b5),
      (1, 20, [46879, 30723, 2027, 32034], 0xb635_d8e2_56ad_3d09),
      (2, 1, [22911, 15170, 12889, 26727], 0xe5ef_327b_e01d_7cfd),
      (2, 20, [43907, 51471, 58079, 28303], 0x4b14_848c_d467_67e5),
    ] as [(seed: UInt64, epoch: Int, first: [Int32], digest: UInt64)])
  func golden(seed: UInt64, epoch: Int, first: [Int32], digest: UInt64) throws {
    let order = try SmallStudy().config.order(epoch: epoch, seed: seed, images: 60_000)
    #expect(Array(order.prefix(4)) == first)
    #expect(Digest(order).value == digest)
    #expect(order.sorted() == Array(0..<60_000))
  }

  @Test("without shuffling the images come as they lie")
  func unshuffled() throws {
    let config = try SmallStudy("training.shuffle=false").config
    #expect(config.order(epoch: 3, seed: 1, images: 5) == [0, 1, 2, 3, 4])
  }
}
