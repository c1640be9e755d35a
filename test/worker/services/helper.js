export const answer = 'helped'
