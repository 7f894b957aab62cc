"""A pilot small enough to work out by hand: three members, two levels, one paid service."""

CONTRACT = """\
schema: blended-pilot/contract/1
code: HAND
title: Worked out by hand
version: 1
in_force_from: 2025-01-01
commissioner: {code: county, name: County}
provider: {code: carers, name: Carers}
currency: USD
timezone: America/New_York
term: {from: 2025-01-01, to: 2025-12-31}
levels: [{code: L1, rank: 1, name: Core}, {code: L2, rank: 2, name: Enhanced}]
cohorts: [{code: adult, name: Adults}]
geographies: [{code: north, name: North}, {code: south, name: South}]
eligibility: {provisional_level: L1}
services:
  - {code: outreach, name: Outreach, kind: baseline, unit: contact}
  - {code: visit, name: Visit, kind: episodic, unit: visit, price: [{from: 2025-01-01, amount: "50.00"}],
     authorization: not_required, filing_limit_days: 400}
baseline:
  block: [{code: core, name: Core team, amount: "500.00", per: month, from: 2025-01-01}]
  rates: [{level: L1, amount: "100.00", from: 2025-01-01}, {level: L2, amount: "200.00", from: 2025-01-01}]
  paid_when: enrolled
settlement:
  member_month: first
  level_change: snapshot
  rounding: {places: 2, mode: half_up, step: line}
  recover_months: 12
  pay_months: 12
  close_after_day: 1
  prepared_by: provider
  order: [baseline, activity]
gates: [{code: activity_verified, holds: nothing}]
"""

ROSTER = """\
member_ref,given_name,family_name,birth_date,cohort,geography,from,to
A,Ada,Archer,1950-02-03,adult,north,2025-01-01,
B,Basil,Boateng,1961-07-21,adult,south,2025-01-01,
C,Clara,Cruz,1944-11-30,adult,north,2025-02-01,
"""
LEVELS = """\
member_ref,level,from,to,decided_on,decided_by,rationale
A,L1,2025-01-01,,2025-01-01,Dr Marsh,Stable at home
B,L2,2025-01-01,,2025-01-01,Dr Marsh,Recent discharge
"""
SERVICES = """\
activity_ref,member_ref,service,occurred_on,units,practitioner,received_on,verified_on,verified_by
o1,A,outreach,2025-01-08,1,N-01,2025-02-03,2025-01-09,Grace
v1,A,visit,2025-01-10,2,N-01,2025-02-03,2025-01-11,Grace
v2,B,visit,2025-01-12,1,S-01,2025-02-03,,
v3,A,visit,2025-01-10,2,N-01,2025-02-03,2025-01-11,Grace
v4,C,visit,2025-01-20,1,N-01,2025-02-03,2025-01-21,Grace
"""

# what becomes known after January has closed
ROSTER_LATER = """\
member_ref,cohort,geography,from,to
C,adult,north,2025-01-01,
"""
LEVELS_LATER = """\
member_ref,level,from,to,decided_on,decided_by,rationale
B,L1,2025-01-01,,2025-01-01,Dr Marsh,Discharge was planned; core support agreed
"""
SERVICES_LATER = """\
activity_ref,member_ref,service,occurred_on,verified_on,verified_by
v2,B,visit,2025-01-12,2025-02-20,Grace
"""
