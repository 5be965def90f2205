//! 募集している研修会の配信: what an association's own site can show of the trainings that recruit.

pub mod lists;
