//! The groups that are found against all that there are.

use std::cmp::Reverse;
use std::collections::HashMap;

use proptest::prelude::*;

use super::*;

/// Tasks as bits of a number.
type Set = u16;

fn bits(set: Set) -> impl Iterator<Item = usize> {
    (0..16).filter(move |task| set >> task & 1 == 1)
}

fn set(tasks: &[usize]) -> Set {
    tasks.iter().fold(0, |set, task| set | 1 << task)
}

/// A made-up oracle: a hash decides what cannot be one pod, and how many volumes it saves.
#[derive(Clone, Debug)]
struct Dice {
    seed: u64,
    /// Of 100 sets, how many cannot be one pod.
    refused: u64,
    /// Pairs that cannot be in one pod, whatever else is.
    enemies: Vec<(usize, usize)>,
    /// The most tasks in one pod.
    limit: usize,
    /// At most so many volumes less one are saved.
    volumes: u64,
    tried: HashMap<Set, usize>,
}

impl Dice {
    fn roll(&self, set: Set) -> u64 {
        let mut state = self.seed ^ (u64::from(set) << 17);
        for _ in 0..3 {
            state = state.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            state ^= state >> 29;
        }
        state
    }

    fn ask(&self, set: Set) -> Option<usize> {
        let has = |task: usize| set >> task & 1 == 1;
        let fits = set.count_ones() as usize <= self.limit && !self.enemies.iter().any(|&(a, b)| has(a) && has(b));
        let roll = self.roll(set);
        (fits && roll % 100 >= self.refused).then_some((roll / 100 % self.volumes) as usize)
    }
}

impl Oracle for Dice {
    fn volumes_at_most(&self, _: &[usize]) -> usize {
        self.volumes as usize - 1
    }

    fn volumes(&mut self, segment: &[usize]) -> Option<usize> {
        assert!(segment.len() > 1);
        *self.tried.entry(set(segment)).or_default() += 1;
        self.ask(set(segment))
    }
}

/// Per task, all that are reached by edges.
fn closure(direct: &[Set]) -> Vec<Set> {
    let mut reached = direct.to_vec();
    for through in 0..direct.len() {
        for from in 0..direct.len() {
            if reached[from] >> through & 1 == 1 {
                reached[from] |= reached[through];
            }
        }
    }
    reached
}

/// Whether the order of all tasks is the same if each block is one pod: its members run one after another, it starts when
/// all is finished that any of them waits for, and whoever waits for a member waits for all of them.
fn keeps_order(direct: &[Set], blocks: &[Set]) -> bool {
    let block_of = |task: usize| blocks.iter().copied().find(|block| block >> task & 1 == 1).unwrap_or(1 << task);
    let whole = closure(direct);
    let mut fused = vec![0; direct.len()];
    for (from, next) in direct.iter().enumerate() {
        for to in bits(*next).filter(|&to| block_of(to) != block_of(from)) {
            bits(block_of(from)).for_each(|member| fused[member] |= block_of(to));
        }
    }
    for &block in blocks {
        // Fewer tasks stand before an earlier member.
        let mut members: Vec<usize> = bits(block).collect();
        members.sort_by_key(|&member| whole.iter().filter(|after| *after >> member & 1 == 1).count());
        members.windows(2).for_each(|pair| fused[pair[0]] |= 1 << pair[1]);
    }
    closure(&fused) == whole
}

/// What the best of all partitions is worth. `prune` leaves out blocks that change the order by themselves: other blocks
/// only add to what waits.
fn best_of_all(direct: &[Set], dice: &Dice, prune: bool) -> (usize, usize, Reverse<usize>) {
    let tasks = direct.len();
    let allowed = |block: Set| block.count_ones() == 1 || dice.ask(block).is_some();
    let usable: Vec<Set> =
        (1..1 << tasks).filter(|&block| allowed(block) && (!prune || keeps_order(direct, &[block]))).collect();
    let mut best = (0, 0, Reverse(0));
    let mut open: Vec<(Set, Vec<Set>)> = vec![(0, Vec::new())];
    while let Some((done, blocks)) = open.pop() {
        let Some(first) = (0..tasks).find(|task| done >> task & 1 == 0) else {
            if keeps_order(direct, &blocks) {
                let groups: Vec<Set> = blocks.into_iter().filter(|block| block.count_ones() > 1).collect();
                let pods = groups.iter().map(|group| group.count_ones() as usize - 1).sum();
                let volumes = groups.iter().filter_map(|&group| dice.ask(group)).sum();
                best = best.max((pods, volumes, Reverse(groups.len())));
            }
            continue;
        };
        for &block in usable.iter().filter(|&&block| block & done == 0 && block >> first & 1 == 1) {
            open.push((done | block, [blocks.as_slice(), &[block]].concat()));
        }
    }
    best
}

/// A random DAG as the direct successors of each task, with an oracle. Tasks are numbered in a random order.
fn problem(tasks: std::ops::RangeInclusive<usize>) -> impl Strategy<Value = (Vec<Set>, Dice)> {
    let graph = tasks.prop_flat_map(|tasks| {
        let numbers = Just((0..tasks).collect::<Vec<usize>>()).prop_shuffle();
        (numbers, proptest::collection::vec(0_u8..100, tasks * tasks), 5_u8..70, any::<bool>())
    });
    let graph = graph.prop_map(|(numbers, chances, density, chain)| {
        let tasks = numbers.len();
        let mut direct = vec![0; tasks];
        for from in 0..tasks {
            for to in from + 1..tasks {
                let is_next = chain && to == from + 1 && chances[to * tasks + from] < 80;
                if is_next || chances[from * tasks + to] < density / if chain { 8 } else { 1 } {
                    direct[numbers[from]] |= 1 << numbers[to];
                }
            }
        }
        direct
    });
    let enemies = proptest::collection::vec((0_usize..9, 0_usize..9), 0..4);
    let dice = (any::<u64>(), 0_u64..80, enemies, 2_usize..10, 1_u64..4);
    let dice = dice.prop_map(|(seed, refused, enemies, limit, volumes)| {
        let enemies = enemies.into_iter().filter(|(a, b)| a != b).collect();
        Dice { seed, refused, enemies, limit, volumes, tried: HashMap::new() }
    });
    (graph, dice)
}

fn order_of(direct: &[Set]) -> Order {
    let edges = direct.iter().enumerate().flat_map(|(from, next)| bits(*next).map(move |to| (from, to)));
    Order::new(direct.len(), edges).expect("no cycle")
}

/// The groups that are found, checked, and what they are worth.
fn found(direct: &[Set], dice: &mut Dice) -> (usize, usize, Reverse<usize>) {
    let paths = order_of(direct).paths();
    let groups: Vec<Set> = paths.iter().flat_map(|path| best(path, dice)).map(set).collect();
    assert!(keeps_order(direct, &groups) && groups.iter().all(|&group| dice.ask(group).is_some()), "{groups:?}");
    let pods = groups.iter().map(|group| group.count_ones() as usize - 1).sum();
    (pods, groups.iter().filter_map(|&group| dice.ask(group)).sum(), Reverse(groups.len()))
}

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig { cases, failure_persistence: None, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(config(3000))]

    #[test]
    fn no_partition_of_up_to_nine_tasks_is_better((direct, mut dice) in problem(1..=9)) {
        prop_assert_eq!(found(&direct, &mut dice), best_of_all(&direct, &dice, true));
    }
}

proptest! {
    #![proptest_config(config(1000))]

    #[test]
    fn no_partition_is_better_where_none_is_left_out((direct, mut dice) in problem(1..=6)) {
        prop_assert_eq!(found(&direct, &mut dice), best_of_all(&direct, &dice, false));
    }

    #[test]
    fn a_set_keeps_the_order_exactly_if_it_is_a_segment_of_a_path((direct, _) in problem(1..=7)) {
        let paths = order_of(&direct).paths();
        let is_segment = |block: Set| paths.iter().any(|path| path.windows(block.count_ones() as usize).any(|part| set(part) == block));
        for block in (1..1 << direct.len()).filter(|block: &Set| block.count_ones() > 1) {
            prop_assert_eq!(keeps_order(&direct, &[block]), is_segment(block), "{:b}", block);
        }
    }

    #[test]
    fn nothing_is_tried_twice((direct, mut dice) in problem(1..=9)) {
        found(&direct, &mut dice);
        prop_assert!(dice.tried.values().all(|&count| count == 1), "{:?}", dice.tried);
    }
}

/// An oracle that takes up to so many tasks.
struct UpTo(usize);

impl Oracle for UpTo {
    fn volumes_at_most(&self, _: &[usize]) -> usize {
        0
    }

    fn volumes(&mut self, segment: &[usize]) -> Option<usize> {
        (segment.len() <= self.0).then_some(0)
    }
}

#[test]
fn a_long_path_that_can_be_one_is_one() {
    let path: Vec<usize> = (0..10 * WINDOW).collect();
    assert_eq!(best(&path, &mut UpTo(usize::MAX)), [path.as_slice()]);
}

#[test]
fn a_long_path_loses_no_more_than_the_bound() {
    for (tasks, limit) in
        [(WINDOW + 2, WINDOW + 1), (3 * WINDOW + 2, 3 * WINDOW + 1), (5 * WINDOW, 2 * WINDOW), (50, 7)]
    {
        let path: Vec<usize> = (0..tasks).collect();
        let saved: usize = best(&path, &mut UpTo(limit)).iter().map(|group| group.len() - 1).sum();
        let possible = tasks - tasks.div_ceil(limit);
        assert!(saved * WINDOW >= possible * (WINDOW - 1), "{saved} of {possible}");
        assert!(limit > WINDOW || saved == possible, "exact where groups are short");
    }
}

#[test]
fn among_equals_the_first_group_is_longest() {
    assert_eq!(best(&[0, 1, 2], &mut UpTo(2)), [[0, 1].as_slice()]);
    assert_eq!(best(&[0, 1, 2, 3, 4], &mut UpTo(3)), [[0, 1, 2].as_slice(), &[3, 4]]);
}

#[test]
fn an_obstacle_names_who_would_wait() {
    let order = |edges: &[(usize, usize)]| Order::new(4, edges.iter().copied()).expect("no cycle");
    assert_eq!(order(&[(0, 1), (2, 1)]).obstacle(0, 1), Some(Obstacle::Before(2)));
    assert_eq!(order(&[(0, 1), (0, 2)]).obstacle(0, 1), Some(Obstacle::After(2)));
    assert_eq!(order(&[(0, 1), (1, 2), (0, 2)]).obstacle(0, 2), Some(Obstacle::Between(1)));
    assert_eq!(order(&[(0, 1), (1, 2), (0, 2)]).obstacle(0, 1), None);
    assert!(Order::new(2, [(0, 1), (1, 0)]).is_none());
}
